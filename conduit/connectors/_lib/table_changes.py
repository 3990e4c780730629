"""Changes of a structure that is there: which are still to be made, and the columns as they will be afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from conduit.connectors._lib.table_fit import fits
from conduit.errors import FatalError
from conduit.sdk import AddColumn, RelaxColumn, SchemaChange, SchemaError, WidenColumn, WriteJob, WriteMode, type_name

StoredType = Callable[[pa.DataType], pa.DataType]


def changes_left(
    job: WriteJob,
    existing: pa.Schema | None,
    *,
    stored: StoredType = lambda kind: kind,
    fold_case: bool = False,
    blame: type[FatalError] = SchemaError,
) -> tuple[SchemaChange, ...]:
    """The job's changes that `existing` needs: none for a table that is new, or replaced in full.

    What somebody has made meanwhile counts as made where it holds the same values. Raises `blame`, naming the column,
    where it does not, or where a column to be changed is gone. `stored` gives the type that a column really gets;
    with `fold_case` names that differ by case only are one.
    """
    if existing is None or job.mode is WriteMode.FULL_REFRESH:
        return ()
    names = {_folded(field.name, fold_case): field for field in existing}
    left: list[SchemaChange] = []
    for change in job.changes:
        name = change.field.name if isinstance(change, AddColumn) else change.name
        there = names.get(_folded(name, fold_case))
        match change:
            case AddColumn(field) if there is None:
                left.append(change)
            case AddColumn(field) if there is not None:
                _require_room(there, stored(field.type), job.table, blame)
            case WidenColumn(new=new) if there is not None:
                if not fits(stored(new), there.type):
                    _require_wider(there, stored(new), job.table, blame)
                    left.append(change)
            case RelaxColumn() if there is not None:
                left += [] if there.nullable else [change]
            case _:
                raise blame(
                    f"The column {name!r} was to be changed and is not there any more.",
                    place=job.table,
                    remedy="Run the load again.",
                )
    return tuple(left)


def changed(
    existing: pa.Schema,
    changes: Sequence[SchemaChange],
    *,
    stored: StoredType = lambda kind: kind,
    fold_case: bool = False,
) -> pa.Schema:
    """The structure once the changes are made: added columns stand behind the others."""
    fields = {_folded(field.name, fold_case): field for field in existing}
    for change in changes:
        match change:
            case AddColumn(field):
                fields[_folded(field.name, fold_case)] = pa.field(field.name, stored(field.type))
            case WidenColumn(name, _, new):
                key = _folded(name, fold_case)
                fields[key] = fields[key].with_type(stored(new))
            case RelaxColumn(name):
                key = _folded(name, fold_case)
                fields[key] = fields[key].with_nullable(True)
    return pa.schema(list(fields.values()))


def _folded(name: str, fold_case: bool) -> str:
    return name.lower() if fold_case else name


def _require_room(there: pa.Field, kind: pa.DataType, table: str, blame: type[FatalError]) -> None:
    if not fits(kind, there.type):
        raise blame(
            f"The column {there.name!r} was to be added as {type_name(kind)}; somebody has added it as "
            f"{type_name(there.type)}, which does not hold the same values.",
            place=table,
            remedy="Run the load again, or rename the column with `rename:`.",
        )


def _require_wider(there: pa.Field, kind: pa.DataType, table: str, blame: type[FatalError]) -> None:
    if not fits(there.type, kind):
        raise blame(
            f"The column {there.name!r} was to become {type_name(kind)}; somebody has made it {type_name(there.type)}, "
            "whose values that could not hold.",
            place=table,
            remedy="Run the load again.",
        )
