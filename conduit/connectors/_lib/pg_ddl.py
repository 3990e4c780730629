"""The statements by which a commit makes a table on a PostgreSQL server, or changes the one that is there."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from conduit.connectors._lib.pg_declared import declared_type, definitions, remarks, returned_type, stored_type
from conduit.connectors._lib.pg_write_options import History, PgWriteOptions, TableOptions
from conduit.connectors._lib.sql import quote, quoted
from conduit.connectors._lib.table_changes import changes_left
from conduit.connectors._lib.table_fit import fits
from conduit.errors import FatalError
from conduit.sdk import AddColumn, RelaxColumn, SchemaChange, SchemaError, WidenColumn, WriteJob, WriteMode

_ONE_ROW_A_KEY = (WriteMode.UPSERT, WriteMode.INSERT_ONLY)


def pg_ddl(
    options: PgWriteOptions, job: WriteJob, existing: pa.Schema | None, blame: type[FatalError] = SchemaError
) -> tuple[str, ...]:
    """What committing `job` does to the structure of its table where `existing` is there.

    Raises `blame` where a change contradicts what is there, SchemaError for a type that has no place.
    """
    target = f"{quote(options.db_schema)}.{quote(job.table)}"
    if existing is None:
        return (*created(options, job), *keyed(options, job), *indexed(options, job))
    if job.mode is WriteMode.FULL_REFRESH:
        return (f"TRUNCATE TABLE {target}", *refitted(target, job, existing))
    left = changes_left(job, existing, stored=stored_type, blame=blame)
    return tuple(statement for change in left for statement in _altered(target, change, job.table))


def created(options: PgWriteOptions, job: WriteJob) -> tuple[str, ...]:
    """The new table, without keys and indexes: rows are written faster before there are any."""
    target, table = f"{quote(options.db_schema)}.{quote(job.table)}", options.table_options
    columns = definitions(job.schema, job.table)
    if job.mode is WriteMode.SCD2:
        columns += _history_columns(options.history)
    text = f"CREATE {'UNLOGGED ' if table.unlogged else ''}TABLE {target} ({', '.join(columns)})"
    split = table.partition_by
    if split is not None:
        text += f" PARTITION BY {split.method} ({quoted(split.columns)})"
    if table.tablespace:
        text += f" TABLESPACE {quote(table.tablespace)}"
    return (text, *_partitions(options, job.table), *remarks(target, job.schema))


def keyed(options: PgWriteOptions, job: WriteJob) -> tuple[str, ...]:
    """What makes the key of a new table unique, or quick to find."""
    target = f"{quote(options.db_schema)}.{quote(job.table)}"
    if job.mode in _ONE_ROW_A_KEY:
        return (f"ALTER TABLE {target} ADD PRIMARY KEY ({quoted(job.keys)})",)
    if job.mode is WriteMode.SCD2:
        current = quote(options.history.is_current)
        return (f"CREATE UNIQUE INDEX ON {target} ({quoted(job.keys)}) WHERE {current}",)
    if job.mode is WriteMode.DELETE_INSERT:
        return (f"CREATE INDEX ON {target} ({quoted(job.keys)})",)
    return ()


def indexed(options: PgWriteOptions, job: WriteJob) -> tuple[str, ...]:
    """The other indexes of a new table."""
    target = f"{quote(options.db_schema)}.{quote(job.table)}"
    return tuple(f"CREATE INDEX ON {target} ({quoted(columns)})" for columns in options.table_options.indexes)


def refitted(target: str, job: WriteJob, existing: pa.Schema) -> tuple[str, ...]:
    """What gives an emptied table the columns and types that new rows need; what else it has stays."""
    statements: list[str] = []
    for field in job.schema:
        place = existing.get_field_index(field.name)
        declared = declared_type(field.name, field.type, job.table)
        if place < 0:
            statements.append(f"ALTER TABLE {target} ADD COLUMN {quote(field.name)} {declared}")
        elif not fits(returned_type(field.name, field.type, job.table), existing.field(place).type):
            column = quote(field.name)
            statements.append(f"ALTER TABLE {target} ALTER COLUMN {column} TYPE {declared} USING NULL::{declared}")
        else:
            continue
        statements += remarks(target, pa.schema([field]))
    return tuple(statements)


def require_options(options: TableOptions, job: WriteJob) -> None:
    """Raise SchemaError for an index or a partition by a column that the data does not have."""
    split = options.partition_by
    named: Sequence[tuple[str, Sequence[str]]] = [
        *(("indexes", columns) for columns in options.indexes),
        *([("partition_by", split.columns)] if split else []),
    ]
    for place, columns in named:
        for name in columns:
            if name not in job.schema.names:
                raise SchemaError(
                    f"`table_options: {place}` names the column {name!r}, which the data does not have.",
                    place=job.table,
                    remedy=f"Columns: {', '.join(job.schema.names)}.",
                )


def _altered(target: str, change: SchemaChange, table: str) -> tuple[str, ...]:
    match change:
        case AddColumn(field):
            add = f"ALTER TABLE {target} ADD COLUMN {quote(field.name)} {declared_type(field.name, field.type, table)}"
            return (add, *remarks(target, pa.schema([field])))
        case WidenColumn(name, _, new):
            return (f"ALTER TABLE {target} ALTER COLUMN {quote(name)} TYPE {declared_type(name, new, table)}",)
        case RelaxColumn(name):
            return (f"ALTER TABLE {target} ALTER COLUMN {quote(name)} DROP NOT NULL",)


def _partitions(options: PgWriteOptions, table: str) -> tuple[str, ...]:
    split, schema = options.table_options.partition_by, quote(options.db_schema)
    if split is None:
        return ()
    if split.method != "hash":
        return (f"CREATE TABLE {schema}.{quote(f'{table}_default')} PARTITION OF {schema}.{quote(table)} DEFAULT",)
    return tuple(
        f"CREATE TABLE {schema}.{quote(f'{table}_{number}')} PARTITION OF {schema}.{quote(table)} "
        f"FOR VALUES WITH (MODULUS {split.partitions}, REMAINDER {number})"
        for number in range(split.partitions)
    )


def _history_columns(history: History) -> list[str]:
    since, until, current = (quote(name) for name in history.names)
    return [
        f"{since} timestamptz NOT NULL DEFAULT now()",
        f"{until} timestamptz",
        f"{current} boolean NOT NULL DEFAULT true",
    ]
