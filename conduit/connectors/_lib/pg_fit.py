"""Whether a load fits the table that is there, seen before anything is staged and again inside the commit."""

from __future__ import annotations

from conduit.connectors._lib.pg_declared import stored_type
from conduit.connectors._lib.pg_target import Target
from conduit.connectors._lib.pg_write_options import PgWriteOptions
from conduit.connectors._lib.table_changes import changed, changes_left
from conduit.connectors._lib.table_fit import require_columns, require_fit
from conduit.errors import FatalError
from conduit.sdk import SchemaError, WriteJob, WriteMode

_NAME_BYTES = 63


def require_names(job: WriteJob, options: PgWriteOptions) -> None:
    """Raise SchemaError for names that the server would cut short, for keys that are missing, for no columns."""
    require_columns(job, fold_case=False)
    for kind, name in (("schema", options.db_schema), ("table", job.table), *(("column", n) for n in job.schema.names)):
        if len(name.encode()) > _NAME_BYTES:
            raise SchemaError(
                f"The {kind} name {name!r} has more than {_NAME_BYTES} bytes, and PostgreSQL would cut it short.",
                place=job.table,
                remedy="Give it a shorter name.",
            )


def require_room(
    job: WriteJob, options: PgWriteOptions, target: Target | None, blame: type[FatalError] = SchemaError
) -> None:
    """Raise SchemaError unless the rows fit the table as it will be once the job's changes are made.

    Raises `blame` where a change contradicts what is there.
    """
    place = f"{options.db_schema}.{job.table}"
    if target is None:
        if not options.auto_create_table:
            raise SchemaError(
                "The table is not there.", place=place, remedy="Create it, or set `auto_create_table: true`."
            )
        return
    if target.kind == "m":
        raise SchemaError("A materialized view is not written to.", place=place, remedy="Name a table.")
    brought = [name for name in job.schema.names if name not in job.lacking]
    for column in target.columns:
        if column.generated and column.name in brought:
            raise SchemaError(
                f"The table computes the column {column.name!r} itself.",
                place=place,
                remedy="Leave it out with `columns:`.",
            )
    if job.mode is WriteMode.SCD2:
        _require_history(job, options, target, brought, place)
    there = target.schema
    if job.mode is WriteMode.FULL_REFRESH:
        absent = [field.name for field in there if not field.nullable and field.name not in brought]
        if absent:
            names = ", ".join(map(repr, absent))
            raise SchemaError(
                f"The table requires {names} (NOT NULL without a default), which the data lacks.",
                place=place,
                remedy="Give the column a default, or bring it in the data.",
            )
        return
    left = changes_left(job, there, stored=stored_type, blame=blame)
    require_fit(place, job.schema, changed(there, left, stored=stored_type), fold_case=False)


def _require_history(job: WriteJob, options: PgWriteOptions, target: Target, brought: list[str], place: str) -> None:
    there = {column.name for column in target.columns}
    for name in options.history.names:
        if name in brought:
            raise SchemaError(
                f"The column {name!r} is kept by `scd2`, and the data brings it.",
                place=place,
                remedy="Rename it with `rename:`, or name the columns of `history` otherwise.",
            )
        if name not in there:
            raise SchemaError(
                f"The table has no column {name!r}, in which `scd2` keeps what was true when.",
                place=place,
                remedy="Add it, or name the table's own columns with `history`.",
            )
