"""A table or a query as of one moment: its columns, where its rows lie, and the snapshot that others join."""

from __future__ import annotations

from dataclasses import dataclass

from conduit.connectors._lib.pg_catalog import (
    Relation,
    columns_of,
    find_relation,
    is_sharded,
    members_of,
    require_distinct,
)
from conduit.connectors._lib.pg_connect import PgConnection
from conduit.connectors._lib.pg_snapshot import hold_snapshot
from conduit.connectors._lib.pg_types import PgColumn, column_of
from conduit.connectors._lib.sql import quote, subselect

_SERVER = "SELECT current_setting('block_size')::int4, current_setting('server_encoding')"
# Chunks of such a schema may be compressed, and then have their rows elsewhere.
_NOT_FOR_THEMSELVES = "_timescaledb"


@dataclass(frozen=True, slots=True)
class Target:
    """What is read: a table of a schema, or a query."""

    schema: str
    table: str | None
    query: str | None

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}" if self.table else "query"

    @property
    def expression(self) -> str:
        """What stands behind FROM."""
        return subselect(self.query) if self.query else f"{quote(self.schema)}.{quote(self.table or '')}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a target by name, and the encoding in which the server keeps their text."""

    by_name: dict[str, PgColumn]
    encoding: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What a scan found out, and the connection that keeps it true. `members` None: the rows are read as one."""

    connection: PgConnection
    snapshot: str
    columns: Columns
    block_bytes: int
    rows_estimate: int | None
    members: list[Relation] | None


def held_moment(connection: PgConnection, target: Target, *, specials_as_text: bool) -> Moment:
    """Take hold of this moment. It lasts as long as the connection. Raises SourceError when there is no such table."""
    relation = find_relation(connection, target.schema, target.table) if target.table else None
    is_table = relation is not None and relation.kind in ("r", "p") and relation.readable
    snapshot = hold_snapshot(connection, [relation.quoted] if relation and is_table else [])
    columns = columns_now(connection, target, specials_as_text=specials_as_text)
    [(block_bytes, _)] = connection.rows(_SERVER)
    return Moment(
        connection,
        snapshot,
        columns,
        block_bytes,
        relation.rows_estimate(block_bytes) if relation else None,
        _members(connection, relation) if relation else None,
    )


def columns_now(connection: PgConnection, target: Target, *, specials_as_text: bool) -> Columns:
    """The target's columns. Raises SourceError for a query that is none, or has two columns of one name."""
    found = columns_of(connection, f"SELECT * FROM {target.expression}")
    require_distinct((column.name for column in found), connection.place)
    [(_, encoding)] = connection.rows(_SERVER)
    return Columns(
        {c.name: column_of(c.name, c.type, c.modifier, specials_as_text=specials_as_text) for c in found}, encoding
    )


def _members(connection: PgConnection, relation: Relation) -> list[Relation] | None:
    """The tables that the rows lie in; None where they may not be, or cannot be, read one by one."""
    if relation.kind not in ("r", "p", "m") or is_sharded(connection):
        return None
    if not relation.has_children:
        return [relation] if relation.is_heap else None
    members = members_of(connection, relation)
    # A right or a policy of the parent is good for its children when they are read through it, and only then.
    apart = not relation.row_security and all(
        member.readable and not member.row_security and not member.schema.startswith(_NOT_FOR_THEMSELVES)
        for member in members
    )
    return members if apart else None
