"""What the server's catalogue says: a relation with its kind and size, those that its rows lie in, columns, types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conduit.connectors._lib.pg_copy_out import describe, parse
from conduit.connectors._lib.pg_frames import Control
from conduit.connectors._lib.pg_types import PgType
from conduit.connectors._lib.sql import quote
from conduit.errors import nearest_name
from conduit.sdk import SourceError

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_connect import PgConnection

_FACTS = """
    c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, coalesce(a.amname, '')::text,
    coalesce(pg_relation_size(c.oid), 0)::int8, c.reltuples::float8, c.relpages::int8,
    has_table_privilege(c.oid, 'SELECT'), row_security_active(c.oid), c.relhassubclass
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
"""
_RELATION = f"SELECT {_FACTS} WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
_MEMBERS = f"""
WITH RECURSIVE tree(oid) AS (
  SELECT $1::int8::oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid
)
SELECT {_FACTS} WHERE c.oid IN (SELECT oid FROM tree) AND c.relkind <> 'p' ORDER BY n.nspname, c.relname
"""
_NAMES = """
SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
 ORDER BY 1, 2 LIMIT 10000
"""
_TYPES = """
WITH RECURSIVE needed(oid) AS (
  SELECT unnest($1::int8[])::oid
  UNION SELECT unnest(ARRAY[t.typbasetype, t.typelem]) FROM pg_catalog.pg_type t JOIN needed ON t.oid = needed.oid
)
SELECT t.oid::int8, t.typname::text, t.typtype::text, t.typcategory::text, t.typelem::int8, t.typbasetype::int8,
       t.typtypmod::int4, n.nspname = 'pg_catalog'
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.oid IN (SELECT oid FROM needed)
"""
# Their numbers are the same on every server, and a table has seldom another one.
_BUILT_IN = {
    16: "bool", 17: "bytea", 20: "int8", 21: "int2", 23: "int4", 25: "text", 26: "oid", 114: "json", 700: "float4",
    701: "float8", 1042: "bpchar", 1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp",
    1184: "timestamptz", 1186: "interval", 1700: "numeric", 2950: "uuid", 3802: "jsonb",
}  # fmt: skip
# They have items, and a text of their own.
_VECTORS = ("int2vector", "oidvector")
_SHARDED = "SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view, materialized view or foreign table, as it is at this moment."""

    oid: int
    schema: str
    name: str
    kind: str
    access: str
    bytes: int
    tuples: float
    pages: int
    readable: bool
    row_security: bool
    has_children: bool

    @property
    def quoted(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def is_heap(self) -> bool:
        """Whether its rows lie in numbered blocks that can be read apart from each other."""
        return self.kind in ("r", "m") and self.access == "heap"

    def rows_estimate(self, block_bytes: int) -> int | None:
        """The planner's own guess: the density at the last ANALYZE on today's size; None where there was none."""
        if self.tuples < 0 or self.pages <= 0:
            return 0 if self.is_heap and not self.bytes else None
        return round(self.tuples / self.pages * (self.bytes / block_bytes))


@dataclass(frozen=True, slots=True)
class Described:
    """A column of a statement's result: its name, its type with the modifier."""

    name: str
    type: PgType
    modifier: int


def find_relation(connection: PgConnection, schema: str, name: str) -> Relation:
    """The relation of that name. Raises SourceError, offering the nearest name, when there is none."""
    if "\0" not in schema + name:
        for facts in connection.rows(_RELATION, schema, name):
            return Relation(*facts)
    known = [(s, n) for s, n in connection.rows(_NAMES)]
    near = nearest_name(name, [n for s, n in known if s == schema])
    elsewhere = next((s for s, n in known if n == name), None)
    if near:
        remedy = f"Did you mean {near!r}?"
    elif elsewhere:
        remedy = f"There is one in the schema {elsewhere!r}: set `db_schema`."
    else:
        remedy = "Check `table` and `db_schema`, and that the role has USAGE on the schema."
    raise SourceError(f"There is no table {schema}.{name}.", place=connection.place, remedy=remedy)


def members_of(connection: PgConnection, relation: Relation) -> list[Relation]:
    """The relation and all that inherit from it, by name, but for partitioned tables, which have no rows themselves."""
    return [Relation(*facts) for facts in connection.rows(_MEMBERS, relation.oid)]


def is_sharded(connection: PgConnection) -> bool:
    """Whether tables of this database may have their rows on other servers."""
    [(sharded,)] = connection.rows(_SHARDED)
    return bool(sharded)


def columns_of(connection: PgConnection, select: str) -> list[Described]:
    """The columns that a SELECT gives. Raises SourceError when it is none."""
    request = parse(select) + describe()
    found: list[tuple[str, int, int]] | None = None
    for message in connection.exchange(request, 1 << 16):
        if isinstance(message, Control) and message.kind == b"T":
            found = list(_fields(message.body))
    if found is None:
        raise SourceError("`query` gives no rows.", place=connection.place, remedy="It must be one SELECT.")
    types = _types(connection, {oid for _, oid, _ in found})
    described = []
    for name, oid, modifier in found:
        kind, own = types[oid]
        described.append(Described(name, kind, modifier if own is None else own))
    return described


def _fields(body: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, type and modifier of each field in the body of a RowDescription."""
    place = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        end = body.index(0, place)
        name = body[place:end].decode()
        yield (
            name,
            int.from_bytes(body[end + 7 : end + 11], "big"),
            int.from_bytes(body[end + 13 : end + 17], "big", signed=True),
        )
        place = end + 19


def _types(connection: PgConnection, oids: set[int]) -> dict[int, tuple[PgType, int | None]]:
    """The types with these numbers, each with the modifier that it brings itself, as the item of an array may."""
    found = {oid: (PgType(_BUILT_IN[oid]), None) for oid in oids if oid in _BUILT_IN}
    rest = oids - found.keys()
    if not rest:
        return dict(found)
    rows = {row[0]: row[1:] for row in connection.rows(_TYPES, sorted(rest))}
    return {**found, **{oid: _resolved(oid, rows) for oid in rest}}


def _resolved(oid: int, rows: dict[int, tuple[str, str, str, int, int, int, bool]]) -> tuple[PgType, int | None]:
    name, sort, category, element, base, modifier, built_in = rows[oid]
    if sort == "d":
        kind, own = _resolved(base, rows)
        return kind, modifier if own is None and modifier >= 0 else own
    kind = PgType(name, built_in, composite=sort == "c")
    if category == "A" and element and name not in _VECTORS:
        item, own = _resolved(element, rows)
        # An array of a domain over an array: its items are arrays, and stay text.
        return replace(kind, element=PgType("array", False) if item.element else item), own
    return kind, None


def require_distinct(names: Iterable[str], place: str) -> None:
    """Raise SourceError when two columns of a query have one name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SourceError(
                f"`query` gives two columns with the name {name!r}.",
                place=place,
                remedy="Name one of them: ... AS name.",
            )
        seen.add(name)
