"""Which tables and views a DuckDB file has, and the columns of one."""

from __future__ import annotations

from typing import Any

from conduit.connectors._lib.sql import quote
from conduit.connectors._lib.sql_duckdb import rows_of
from conduit.connectors._lib.table_fit import TableColumn
from conduit.errors import ConduitError, nearest_name


def table_columns(connection: Any, schema: str, table: str) -> list[TableColumn]:
    """The columns of a table or view with their Arrow types; none when it is not there."""
    known = rows_of(
        connection,
        "SELECT column_name, NOT is_nullable AND column_default IS NULL FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        (schema, table),
    )
    if not known:
        return []
    required = dict(known)
    empty = connection.sql(f"SELECT * FROM {quote(schema)}.{quote(table)} LIMIT 0").to_arrow_reader(1)
    return [TableColumn(field.name, field.type, required[field.name]) for field in empty.schema]


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
