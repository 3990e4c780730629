"""Casting batches to the schema that the destination has, without losing a value: what does not fit is a reject."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.reject import REASONS_SCHEMA, Rejected
from conduit.core.types import TINY_NUMBER, type_name
from conduit.errors import SchemaError, nearest_name


@dataclass(frozen=True, slots=True)
class Conformed:
    """The rows that fit, in the target's schema, and those that do not."""

    passed: pa.RecordBatch
    rejected: Rejected | None = None


class Conformer:
    """Brings batches of `source` to `target`: columns by name, in the target's order, absent ones null.

    Casts are Arrow's safe ones: nothing is rounded, cut or wrapped around. Raises SchemaError at once when a column
    of the source has no place in the target, a required one is missing, or no cast between two types exists.
    """

    def __init__(self, source: pa.Schema, target: pa.Schema, place: str) -> None:
        self._target = target
        self._same = source.equals(target)
        problems = list(_problems(source, target))
        if problems:
            raise SchemaError("; ".join(problems) + ".", place=place, remedy="Use `columns:`, `rename:` or `cast:`.")

    def conform(self, batch: pa.RecordBatch) -> Conformed:
        if self._same:
            return Conformed(batch)
        columns, failures = [], []
        for field in self._target:
            if field.name not in batch.schema.names:
                columns.append(pa.nulls(batch.num_rows, field.type))
                continue
            values = batch.column(field.name)
            cast = _cast_or_null(values, field.type)
            columns.append(cast)
            bad = pc.and_(pc.is_null(cast), pc.is_valid(values))
            if not field.nullable:
                bad = pc.or_(bad, pc.is_null(values))
            if pc.any(bad).as_py():
                failures.append((field, values, bad))
        passed = pa.RecordBatch.from_arrays(columns, schema=self._target)
        if not failures:
            return Conformed(passed)
        return _separate(batch, passed, failures)


def _separate(
    batch: pa.RecordBatch, passed: pa.RecordBatch, failures: list[tuple[pa.Field, pa.Array, pa.Array]]
) -> Conformed:
    """Take out the rows that failed in any column; the first column that failed names the reason."""
    count = batch.num_rows
    bad = pa.repeat(pa.scalar(False), count)
    column = value = kind = pa.nulls(count, pa.string())
    for field, values, failed in failures:
        fresh = pc.and_not(failed, bad)
        column = pc.if_else(fresh, field.name, column)
        kind = pc.if_else(fresh, type_name(field.type) + ("" if field.nullable else ", not null"), kind)
        value = pc.if_else(fresh, _shown(values), value)
        bad = pc.or_(bad, failed)
    lost = batch.filter(bad)
    column, value, kind = (part.filter(bad) for part in (column, value, kind))
    message = pc.binary_join_element_wise(pc.fill_null(value, "NULL"), "does not fit", kind, " ")
    stage, code = (pa.array([text] * len(lost), pa.string()) for text in ("conform", "type_mismatch"))
    nothing = pa.nulls(len(lost), pa.string())
    reasons = pa.RecordBatch.from_arrays([stage, code, nothing, column, value, message], schema=REASONS_SCHEMA)
    return Conformed(passed.filter(pc.invert(bad)), Rejected(lost, reasons))


def _problems(source: pa.Schema, target: pa.Schema) -> list[str]:
    found = []
    for field in source:
        if field.name not in target.names:
            near = nearest_name(field.name, target.names)
            hint = f" (did you mean {near!r}?)" if near else ""
            found.append(f"the destination has no column {field.name!r}{hint}")
            continue
        wanted = target.field(field.name).type
        if not _castable(field.type, wanted):
            found.append(f"the column {field.name!r} of type {type_name(field.type)} cannot become {type_name(wanted)}")
    for field in target:
        if not field.nullable and field.name not in source.names:
            found.append(f"the destination requires the column {field.name!r}")
    return found


def _castable(source: pa.DataType, target: pa.DataType) -> bool:
    if source == target:
        return True
    if pa.types.is_timestamp(source) and pa.types.is_timestamp(target) and (source.tz is None) != (target.tz is None):
        # Arrow would take the wall clock for UTC, or drop the zone: both shift a value in time without being asked.
        return False
    try:
        pc.cast(pa.array([], source), target)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _cast_or_null(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast safely; values that fail become null. By halves, so that k bad values cost about k log n casts."""
    if values.type == kind:
        return values
    try:
        if _kills(values, kind):
            raise pa.ArrowInvalid("a number is too small for a decimal")
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        if len(values) == 1:
            return pa.nulls(1, kind)
    middle = len(values) // 2
    return pa.concat_arrays([_cast_or_null(values.slice(0, middle), kind), _cast_or_null(values.slice(middle), kind)])


def _kills(values: pa.Array, kind: pa.DataType) -> bool:
    textual = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    if not (textual and pa.types.is_decimal(kind)):
        return False
    return bool(pc.any(pc.match_substring_regex(values, TINY_NUMBER)).as_py())


def _shown(values: pa.Array) -> pa.Array:
    try:
        return pc.cast(values, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.nulls(len(values), pa.string())
