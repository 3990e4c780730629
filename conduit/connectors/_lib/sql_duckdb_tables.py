"""Which tables and views a DuckDB file has, and the columns of one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.sql import quote
from conduit.connectors._lib.sql_ddl import table_ddl
from conduit.connectors._lib.sql_duckdb import rows_of
from conduit.connectors._lib.sql_duckdb_types import declared_type, stored_type
from conduit.errors import ConduitError, FatalError, nearest_name
from conduit.sdk import SchemaError, WriteJob


def table_schema(connection: Any, schema: str, table: str) -> pa.Schema | None:
    """The columns of a table or view with their Arrow types, None when it is not there.

    What every row has to bring, NOT NULL without a default, is not nullable.
    """
    known = rows_of(
        connection,
        "SELECT column_name, is_nullable OR column_default IS NOT NULL FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        (schema, table),
    )
    if not known:
        return None
    nullable = dict(known)
    empty = connection.sql(f"SELECT * FROM {quote(schema)}.{quote(table)} LIMIT 0").to_arrow_reader(1)
    return pa.schema([pa.field(field.name, field.type, nullable[field.name]) for field in empty.schema])


def duckdb_ddl(
    schema: str, job: WriteJob, existing: pa.Schema | None, blame: type[FatalError] = SchemaError
) -> tuple[str, ...]:
    """What committing `job` to a table of `schema` does to its structure; `existing` is what is there."""
    declared = partial(declared_type, table=job.table)
    target = f"{quote(schema)}.{quote(job.table)}"
    return table_ddl(job, existing, target, stored=stored_type, declared=declared, blame=blame)


def require_table(connection: Any, schema: str, table: str, path: str, blame: type[ConduitError]) -> None:
    """Raise `blame`, offering the nearest name, unless the table or view is there."""
    tables = rows_of(
        connection,
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = ?",
        (schema,),
    )
    names = [name for (name,) in tables]
    if table not in names:
        near = nearest_name(table, names)
        known = f"Tables: {', '.join(sorted(names)[:20]) or 'none'}."
        raise blame(
            f"There is no table {table!r} in the schema {schema!r}.",
            place=path,
            remedy=f"Did you mean {near!r}?" if near else known,
        )
