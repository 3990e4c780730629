"""What a commit does to the structure of an SQLite table: it is made, gets columns, or a unique index on its key."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import pyarrow as pa

from conduit.connectors._lib.sql import quote, quoted
from conduit.connectors._lib.sql_ddl import table_ddl
from conduit.connectors._lib.sql_sqlite import declared_columns, rows_of
from conduit.connectors._lib.sql_sqlite_types import declared_type, stored_type
from conduit.errors import FatalError
from conduit.sdk import SchemaError, WriteJob, WriteMode


def sqlite_ddl(
    job: WriteJob,
    existing: pa.Schema | None,
    connection: sqlite3.Connection | None,
    blame: type[FatalError] = SchemaError,
) -> tuple[str, ...]:
    """What committing `job` does where `existing` is there; what that says nothing of is looked up in the database."""

    def declared(name: str, kind: pa.DataType) -> str:
        return quote(declared_type(name, stored_type(kind), job.table))

    target = f"main.{quote(job.table)}"
    statements = table_ddl(job, existing, target, stored=stored_type, declared=declared, blame=blame)
    updating = job.mode is WriteMode.UPSERT and existing is not None
    if connection is None or not updating or _has_unique_key(connection, job.table, job.keys):
        return statements
    index = quote(f"{job.table} unique {' '.join(job.keys)}")
    return (*statements, f"CREATE UNIQUE INDEX main.{index} ON {quote(job.table)} ({quoted(job.keys)})")


def _has_unique_key(connection: sqlite3.Connection, table: str, keys: Sequence[str]) -> bool:
    wanted = {key.lower() for key in keys}
    if {column.name.lower() for column in declared_columns(connection, table) if column.key} == wanted:
        return True
    indexes = rows_of(connection, 'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (table,))
    covered = (rows_of(connection, "SELECT name FROM pragma_index_info(?)", index) for index in indexes)
    return any({str(name).lower() for (name,) in names} == wanted for names in covered)
