"""The statements by which a commit makes a table, or changes the one that is there; the same for all SQL engines."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from conduit.connectors._lib.sql import quote, quoted
from conduit.connectors._lib.table_changes import StoredType, changes_left
from conduit.errors import FatalError
from conduit.sdk import AddColumn, RelaxColumn, SchemaChange, SchemaError, WidenColumn, WriteJob, WriteMode

DeclaredType = Callable[[str, pa.DataType], str]
"""The type of a column in SQL, from its name, for errors, and its Arrow type."""


def table_ddl(
    job: WriteJob,
    existing: pa.Schema | None,
    target: str,
    *,
    stored: StoredType,
    declared: DeclaredType,
    blame: type[FatalError] = SchemaError,
) -> tuple[str, ...]:
    """What committing `job` does to the structure of `target`, a quoted name, where `existing` is there.

    Raises `blame` where a change contradicts what is there, SchemaError for a type that has no place.
    """
    left = changes_left(job, existing, stored=stored, fold_case=True, blame=blame)
    if existing is not None and job.mode is not WriteMode.FULL_REFRESH:
        return tuple(_statement(target, change, declared) for change in left)
    columns = [f"{quote(field.name)} {declared(field.name, field.type)}" for field in job.schema]
    if job.mode is WriteMode.UPSERT:
        columns.append(f"PRIMARY KEY ({quoted(job.keys)})")
    create = f"CREATE TABLE {target} ({', '.join(columns)})"
    return (create,) if existing is None else (f"DROP TABLE {target}", create)


def _statement(target: str, change: SchemaChange, declared: DeclaredType) -> str:
    match change:
        case AddColumn(field):
            return f"ALTER TABLE {target} ADD COLUMN {quote(field.name)} {declared(field.name, field.type)}"
        case WidenColumn(name, _, new):
            return f"ALTER TABLE {target} ALTER COLUMN {quote(name)} TYPE {declared(name, new)}"
        case RelaxColumn(name):
            return f"ALTER TABLE {target} ALTER COLUMN {quote(name)} DROP NOT NULL"
