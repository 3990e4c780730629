"""The structure of a table in the folder double: how a job changes it, and rows of older parts under a newer one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from conduit.errors import ConduitError
from conduit.sdk import AddColumn, CommitRejected, RelaxColumn, SchemaChange, WidenColumn, WriteJob, WriteMode


def structure_after(
    existing: pa.Schema | None, job: WriteJob, blame: Callable[[str], ConduitError] = CommitRejected
) -> pa.Schema:
    """The schema once the job is committed. Raises what `blame` makes where another job has changed it otherwise."""
    if existing is None or job.mode is WriteMode.FULL_REFRESH:
        return job.schema
    fields = {field.name: field for field in existing}
    for change in job.changes:
        name = change.field.name if isinstance(change, AddColumn) else change.name
        fields[name] = _changed(fields.get(name), change, blame)
    return pa.schema(list(fields.values()))


def rows_of(place: Path, parts: list[str], schema: pa.Schema) -> pa.Table:
    """The rows of the parts, under a schema that may have more columns than they, or wider ones."""
    tables = (pa.ipc.open_file(place / part).read_all() for part in parts)
    return pa.concat_tables([schema.empty_table(), *(_under(table, schema) for table in tables)])


def _changed(there: pa.Field | None, change: SchemaChange, blame: Callable[[str], ConduitError]) -> pa.Field:
    match change, there:
        case AddColumn(field), None:
            return field
        case AddColumn(field), pa.Field() if there.type == field.type:
            return there
        case WidenColumn(old=old, new=new), pa.Field() if there.type in (old, new):
            return there.with_type(new)
        case RelaxColumn(), pa.Field():
            return there.with_nullable(True)
    raise blame(f"The structure is not the one that {change} was made for.")


def _under(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
