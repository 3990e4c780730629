"""Casting batches to the schema that the destination has, without losing a value: what does not fit is a reject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.exact_casts import castable, decoded, exact_or_null
from conduit.core.reject import REASONS_SCHEMA, Rejected
from conduit.core.rows import filter_rows
from conduit.core.spec import OnTypeError
from conduit.core.types import type_name
from conduit.errors import SchemaError, nearest_name
from conduit.schema.shown import shown_values

_Failure: TypeAlias = tuple[pa.Field, pa.Array, pa.Array]


@dataclass(frozen=True, slots=True)
class Misfits:
    """What becomes of a value that does not fit: its row a reject, or the value null.

    With `null`, rows are rejected all the same for a column of `required`, or one that the target does not let be null.
    """

    action: OnTypeError = "dlq"
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nulled:
    """Values of a column that did not fit and became null: how many, and of the first what it was."""

    column: str
    count: int
    first: str


@dataclass(frozen=True, slots=True)
class Conformed:
    """The rows that fit, in the target's schema, those that do not, and what became null in those that do."""

    passed: pa.RecordBatch
    rejected: Rejected | None = None
    nulled: tuple[Nulled, ...] = ()


class Conformer:
    """Brings batches of `source` to `target`: columns by name, in the target's order, absent ones null.

    Casts are exact: nothing is rounded, cut, wrapped around or shifted in time. `asked` says that the user has named
    the target's types: then a whole number may count the units of a moment. In the columns of `nulling` what does not
    fit becomes null, whatever the misfits of the others become. Raises SchemaError at once when a column of the source
    has no place in the target, a required one is missing, or no cast between two types exists.
    """

    def __init__(
        self,
        source: pa.Schema,
        target: pa.Schema,
        place: str,
        *,
        asked: bool = False,
        nulling: frozenset[str] = frozenset(),
    ) -> None:
        self._target = target
        self._same = source.equals(target)
        self._asked = asked
        self._nulling = nulling
        problems = problems_between(source, target, asked=asked)
        if problems:
            raise SchemaError("; ".join(problems) + ".", place=place, remedy="Use `columns:`, `rename:` or `cast:`.")

    def conform(self, batch: pa.RecordBatch, misfits: Misfits | None = None) -> Conformed:
        """The batch in the target's schema, its rows in order. Without `misfits` what does not fit is a reject."""
        if self._same:
            return Conformed(batch)
        columns: list[pa.Array] = []
        failures: list[_Failure] = []
        nullings: list[_Failure] = []
        kept = misfits.required if misfits is not None and misfits.action == "null" else None
        for field in self._target:
            if field.name not in batch.schema.names:
                columns.append(pa.nulls(batch.num_rows, field.type))
                continue
            values = batch.column(field.name)
            if values.type != field.type:
                values = decoded(values)
            cast = exact_or_null(values, field.type, counts=self._asked)
            columns.append(cast)
            if cast.null_count == 0 or (field.nullable and cast.null_count == values.null_count):
                continue
            nulls = field.name in self._nulling or (kept is not None and field.name not in kept)
            if nulls and field.nullable:
                nullings.append((field, values, pc.and_(pc.is_null(cast), pc.is_valid(values))))
            elif field.nullable:
                failures.append((field, values, pc.and_(pc.is_null(cast), pc.is_valid(values))))
            else:
                failures.append((field, values, pc.is_null(cast)))
        passed = pa.RecordBatch.from_arrays(columns, schema=self._target)
        if not failures:
            return Conformed(passed, nulled=_nulled(nullings, None))
        return _separate(batch, passed, failures, nullings)


def _separate(
    batch: pa.RecordBatch, passed: pa.RecordBatch, failures: Sequence[_Failure], nullings: Sequence[_Failure]
) -> Conformed:
    """Take out the rows that failed in any column; the first column that failed names the reason."""
    count = batch.num_rows
    bad = pa.repeat(pa.scalar(False), count)
    column = value = message = pa.nulls(count, pa.string())
    for field, values, failed in failures:
        fresh = pc.and_not(failed, bad)
        shown = shown_values(values, fresh)
        column = pc.if_else(fresh, field.name, column)
        value = pc.if_else(fresh, shown, value)
        message = pc.if_else(fresh, _sentences(values, shown, field), message)
        bad = pc.or_(bad, failed)
    lost = filter_rows(batch, bad)
    column, value, message = (part.filter(bad) for part in (column, value, message))
    stage, code = (pa.array([text] * len(lost), pa.string()) for text in ("conform", "type_mismatch"))
    nothing = pa.nulls(len(lost), pa.string())
    reasons = pa.RecordBatch.from_arrays([stage, code, nothing, column, value, message], schema=REASONS_SCHEMA)
    numbers = pc.indices_nonzero(bad).cast(pa.int64())
    return Conformed(filter_rows(passed, pc.invert(bad)), Rejected(lost, reasons, numbers), _nulled(nullings, bad))


def _nulled(nullings: Sequence[_Failure], rejected: pa.Array | None) -> tuple[Nulled, ...]:
    """By column, in the rows that are not rejected for another one."""
    found = []
    for field, values, failed in nullings:
        became = failed if rejected is None else pc.and_not(failed, rejected)
        count = pc.sum(became, min_count=0).as_py()
        if count:
            first = values.slice(pc.index(became, True).as_py(), 1)
            shown = shown_values(first, pa.array([True]))
            found.append(Nulled(field.name, count, _sentences(first, shown, field)[0].as_py()))
    return tuple(found)


def _sentences(values: pa.Array, shown: pa.Array, field: pa.Field) -> pa.Array:
    kind = type_name(field.type) + ("" if field.nullable else ", not null")
    named = pc.if_else(pc.is_null(values), "NULL", pc.fill_null(shown, f"a {type_name(values.type)}"))
    return pc.binary_join_element_wise(named, "does not fit", kind, " ")


def problems_between(source: pa.Schema, target: pa.Schema, *, asked: bool = False) -> list[str]:
    """What keeps every batch of `source` out of `target`, in sentences without their dot: nothing is said of values."""
    found = []
    for field in source:
        if field.name not in target.names:
            near = nearest_name(field.name, target.names)
            hint = f" (did you mean {near!r}?)" if near else ""
            found.append(f"the destination has no column {field.name!r}{hint}")
            continue
        wanted = target.field(field.name).type
        if not castable(field.type, wanted, counts=asked):
            found.append(f"the column {field.name!r} of type {type_name(field.type)} cannot become {type_name(wanted)}")
    for field in target:
        if not field.nullable and field.name not in source.names:
            found.append(f"the destination requires the column {field.name!r}")
    return found
