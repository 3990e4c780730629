"""Whether batches fit a table that is there: every column present, and every value kept exactly.

Engines cast on INSERT: a float into an integer column is rounded, a timestamp into a date is cut, without a word.
So only casts that cannot lose anything are left to the engine; all else is an error that names the column.
"""

from __future__ import annotations

import pyarrow as pa

from conduit.errors import nearest_name
from conduit.sdk import SchemaError, WriteJob, WriteMode, holds, type_name


def require_columns(job: WriteJob, *, fold_case: bool = True) -> None:
    """Raise SchemaError unless there are columns, their names differ, and the keys are among them.

    With `fold_case` names differ by more than case.
    """
    if not job.schema.names:
        raise SchemaError("The data has no columns.", place=job.table, remedy="Select at least one column.")
    if job.mode is WriteMode.UPSERT and not job.keys:
        raise SchemaError(
            "An upsert needs a key.", place=job.table, remedy="Name the columns that identify a row with `unique_key:`."
        )
    seen: dict[str, str] = {}
    for name in job.schema.names:
        if (other := seen.setdefault(_folded(name, fold_case), name)) != name or job.schema.names.count(name) > 1:
            raise SchemaError(
                f"The columns {other!r} and {name!r} are one name to the database.",
                place=job.table,
                remedy="Rename one of them with `rename:`.",
            )
    for role, names in (("key", job.keys), ("update", job.update_columns or ())):
        for name in names:
            if name not in job.schema.names:
                near = nearest_name(name, job.schema.names)
                hint = f"Did you mean {near!r}?" if near else f"Columns: {', '.join(job.schema.names)}."
                raise SchemaError(f"The {role} column {name!r} is not in the data.", place=job.table, remedy=hint)


def require_fit(table: str, schema: pa.Schema, present: pa.Schema, *, fold_case: bool = True) -> None:
    """Raise SchemaError, naming columns and types, unless rows of `schema` can be inserted without loss.

    A column of `present` that is not nullable is one that every row has to bring: NOT NULL, without a default.
    With `fold_case` names that differ by case only are one.
    """
    by_name = {_folded(column.name, fold_case): column for column in present}
    brought = {_folded(name, fold_case) for name in schema.names}
    if unknown := [name for name in schema.names if _folded(name, fold_case) not in by_name]:
        near = nearest_name(unknown[0], present.names)
        raise SchemaError(
            f"The table has no column {', '.join(map(repr, unknown))}.",
            place=table,
            remedy=f"Did you mean {near!r}?" if near else "Add it to the table, or leave it out with `columns:`.",
        )
    absent = [
        column.name for column in present if not column.nullable and _folded(column.name, fold_case) not in brought
    ]
    if absent:
        raise SchemaError(
            f"The table requires {', '.join(map(repr, absent))} (NOT NULL without a default), which the data lacks.",
            place=table,
            remedy="Give the column a default, or bring it in the data.",
        )
    for field in schema:
        have = by_name[_folded(field.name, fold_case)].type
        if not fits(field.type, have):
            raise SchemaError(
                f"Column {field.name!r} is {type_name(field.type)} and the table holds {type_name(have)}: "
                "values could be lost.",
                place=table,
                remedy=f"Cast it first: cast: {{{field.name}: {type_name(have)}}}.",
            )


def fits(new: pa.DataType, have: pa.DataType) -> bool:
    """Whether every value of type `new` has an equal value of type `have`.

    So it is in the lattice, and for a duration too where DuckDB keeps it as an interval, which Arrow cannot cast.
    """
    return holds(have, new) or bool(pa.types.is_duration(new) and pa.types.is_interval(have))


def _folded(name: str, fold_case: bool) -> str:
    return name.lower() if fold_case else name
