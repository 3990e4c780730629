"""What a commit does with the staged rows: the staging table becomes the target, or its rows are merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.connectors._lib.pg_ddl import created, indexed, keyed, pg_ddl, refitted
from conduit.connectors._lib.pg_declared import catalogued_type, definitions, remarks
from conduit.connectors._lib.pg_fit import require_room
from conduit.connectors._lib.pg_merge import Merge
from conduit.connectors._lib.pg_refresh import emptied_and_filled
from conduit.connectors._lib.pg_swap import exchange, in_the_way, twin
from conduit.connectors._lib.pg_target import Target, find_target
from conduit.connectors._lib.pg_write_options import PgWriteOptions
from conduit.connectors._lib.sql import quote, quoted
from conduit.sdk import CommitRejected, DestinationError, SchemaError, WriteJob, WriteMode

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_connect import PgConnection

_UNCOUNTED = (WriteMode.UPSERT, WriteMode.INSERT_ONLY, WriteMode.SCD2)


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to become visible: the staged rows and how they are ordered, inside a transaction of `connection`."""

    connection: PgConnection
    options: PgWriteOptions
    job: WriteJob
    stage: str
    columns: Sequence[str]
    order: str
    parts: Sequence[int]
    rows: int

    @property
    def staged(self) -> str:
        return f"{quote(self.options.db_schema)}.{quote(self.stage)}"

    @property
    def target(self) -> str:
        return f"{quote(self.options.db_schema)}.{quote(self.job.table)}"

    def present(self) -> Target | None:
        return find_target(self.connection, self.options.db_schema, self.job.table)


@dataclass(frozen=True, slots=True)
class Landing:
    """How the load was meant to land when it began. `like` is the table that the staging table is made like."""

    options: PgWriteOptions
    becomes: bool
    like: str | None = None

    def staging(self, name: str, schema: pa.Schema, order: str) -> str:
        """The statement that makes the staging table, a quoted name."""
        if self.like:
            return twin(name, self.like)
        columns = definitions(schema, name)
        if not self.becomes:
            # Not in the server's log: it is written once more when it lands. A crash of the server ends the session.
            columns += [f"{quote(order)} bigint"] if order else []
            return f"CREATE UNLOGGED TABLE {name} ({', '.join(columns)})"
        table = self.options.table_options
        space = f" TABLESPACE {quote(table.tablespace)}" if table.tablespace else ""
        return f"CREATE {'UNLOGGED ' if table.unlogged else ''}TABLE {name} ({', '.join(columns)}){space}"

    def publish(self, load: Publication) -> None:
        """Make the staged rows the target's, as the mode says, whatever has become of the target meanwhile."""
        target = load.present()
        require_room(load.job, load.options, target, CommitRejected)
        if target is None and self.becomes and not self.like:
            _renamed(load)
        elif target is None:
            _made(load)
        elif load.job.mode is WriteMode.FULL_REFRESH:
            self._refreshed(load, target)
        else:
            _merged(load, target)
        load.connection.execute(f"DROP TABLE IF EXISTS {load.staged}")

    def _refreshed(self, load: Publication, target: Target) -> None:
        if self.like and not in_the_way(load.connection, target):
            exchange(load.connection, load.options.db_schema, load.stage, load.job.table, target)
            return
        if load.options.strategy == "swap":
            raise CommitRejected(
                "The table was changed meanwhile, and cannot be exchanged for a new one.",
                place=load.target,
                remedy="Run the load again, or set `strategy: auto`.",
            )

        def fill() -> None:
            for statement in refitted(load.target, load.job, target.schema):
                load.connection.execute(statement)
            refilled = load.present()
            assert refilled is not None
            _inserted(load, refilled)

        emptied_and_filled(load.connection, target, load.target, fill)


def landing(
    connection: PgConnection, options: PgWriteOptions, job: WriteJob, schema: pa.Schema, target: Target | None
) -> Landing:
    """How rows of `schema` will get to a table, as far as can be told before they are staged."""
    alone = job.mode in (WriteMode.APPEND, WriteMode.FULL_REFRESH)
    if target is None:
        return Landing(options, becomes=alone and options.table_options.partition_by is None)
    if job.mode is not WriteMode.FULL_REFRESH or options.strategy == "truncate":
        return Landing(options, becomes=False)
    reasons = in_the_way(connection, target)
    declared = {field.name: catalogued_type(field.name, field.type, job.table) for field in schema}
    if any(target.sql_type(name) != kind for name, kind in declared.items()):
        reasons.append("its columns are not those of the data")
    if reasons:
        if options.strategy == "swap":
            raise SchemaError(
                f"The table cannot be exchanged for a new one: {', '.join(reasons)}.",
                place=f"{options.db_schema}.{job.table}",
                remedy="Set `strategy: truncate`, or `auto`.",
            )
        return Landing(options, becomes=False)
    return Landing(options, becomes=True, like=f"{quote(options.db_schema)}.{quote(job.table)}")


def _renamed(load: Publication) -> None:
    """A new table: what was staged, under its name. No row is written twice."""
    load.connection.execute(f"ALTER TABLE {load.staged} RENAME TO {quote(load.job.table)}")
    for statement in (*remarks(load.target, load.job.schema), *indexed(load.options, load.job)):
        load.connection.execute(statement)


def _made(load: Publication) -> None:
    """A new table that rows are written to; its keys and indexes come when it is full."""
    for statement in created(load.options, load.job):
        load.connection.execute(statement)
    target = load.present()
    assert target is not None
    if load.job.mode in (WriteMode.UPSERT, WriteMode.INSERT_ONLY):
        load.connection.execute(_merge(load, target).first())  # there is no key yet to conflict with
    else:
        _inserted(load, target)
    for statement in (*keyed(load.options, load.job), *indexed(load.options, load.job)):
        load.connection.execute(statement)


def _merged(load: Publication, target: Target) -> None:
    changes = pg_ddl(load.options, load.job, target.schema, CommitRejected)
    for statement in changes:
        _change(load, statement)
    if changes:
        changed = load.present()
        assert changed is not None
        target = changed
    if load.job.mode in (WriteMode.UPSERT, WriteMode.INSERT_ONLY) and not target.has_key(load.job.keys):
        _require_key(load)
    _inserted(load, target)


def _inserted(load: Publication, target: Target) -> None:
    said = ""
    for statement in _merge(load, target).statements():
        said = load.connection.execute(statement)
    written = int(said.split()[-1])
    if load.job.mode not in _UNCOUNTED and written != load.rows:
        raise CommitRejected(
            f"The table took {written:,} of {load.rows:,} rows.",
            place=load.target,
            remedy="A trigger or a rule holds rows back; load into a table without it.",
        )


def _merge(load: Publication, target: Target) -> Merge:
    return Merge(load.options, load.job, target, load.staged, load.columns, load.order, load.parts)


def _change(load: Publication, statement: str) -> None:
    """Change the structure. Raises CommitRejected, with what to do, where something depends on it."""
    try:
        load.connection.execute(statement)
    except DestinationError as refused:
        raise CommitRejected(
            f"The table was not changed: {refused.message}",
            place=load.target,
            remedy=f"Make way for `{statement}`, or run it yourself; or refresh the table in full.",
        ) from refused


def _require_key(load: Publication) -> None:
    keys = quoted(load.job.keys)
    if load.options.key_index == "require":
        raise CommitRejected(
            f"The table has no unique index on ({', '.join(load.job.keys)}).",
            place=load.target,
            remedy=f"CREATE UNIQUE INDEX ON {load.target} ({keys}), or set `key_index: create`.",
        )
    load.connection.execute(f"CREATE UNIQUE INDEX ON {load.target} ({keys})")
