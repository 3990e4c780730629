"""The figures of a load of few rows, by Arrow alone: a small load takes less time than numpy and Polars to import."""

from __future__ import annotations

from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.quality.columns import Column, is_binary, is_text
from conduit.quality.profile.figures import Figures, is_profiled, most_frequent
from conduit.quality.profile.plain import plain_values

# Of more distinct values than this, those that occur once are no frequent values.
_MANY = 128
_WHOLE = {1: pa.int8(), 2: pa.int16(), 4: pa.int32(), 8: pa.int64()}


def small_figures(column: Column, batch: pa.RecordBatch, most: int) -> Figures:
    """All figures of a column, with at most so many frequent values; all are exact (the sum of floats to rounding)."""
    values = column.values(batch)
    rows, nulls = len(values), values.null_count
    if pa.types.is_null(values.type) or nulls == rows or not is_profiled(values.type):
        return Figures(rows, rows if pa.types.is_null(values.type) else nulls)
    values = _comparable(values).drop_null()
    if pa.types.is_floating(values.type):
        values = values.filter(pc.invert(pc.is_nan(values)))
    nans = rows - nulls - len(values)
    if not len(values):
        return Figures(rows, nulls, nans)
    low, high, total = _text_ends(values) if _is_text(values) else _number_ends(values)
    shortest = longest = None
    if _is_text(values):
        lengths = pc.min_max(pc.utf8_length(values) if is_text(values.type) else pc.binary_length(values))
        shortest, longest = lengths["min"].as_py(), lengths["max"].as_py()
    counts = pc.value_counts(values)
    often = counts if len(counts) <= _MANY else counts.filter(pc.greater(counts.field("counts"), 1))
    if len(often) > _MANY:
        often = often.take(pc.array_sort_indices(often.field("counts"), order="descending").slice(0, _MANY))
    pairs = list(zip(plain_values(often.field("values")), often.field("counts").to_pylist(), strict=True))
    return Figures(
        rows,
        nulls,
        nans,
        low,
        high,
        total,
        shortest,
        longest,
        len(counts),
        len(values),
        most_frequent(pairs, most),
        len(values),
    )


def _comparable(values: pa.Array) -> pa.Array:
    """The values in a type that Arrow's kernels take, with their order; -0.0 is 0.0."""
    kind = values.type
    if pa.types.is_string_view(kind):
        return values.cast(pa.large_string())
    if pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return values.cast(pa.large_binary())
    if pa.types.is_float16(kind):
        values = values.cast(pa.float32())
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return values.cast(pa.decimal128(kind.precision, kind.scale))
    return pc.add(values, pa.scalar(0.0, values.type)) if pa.types.is_floating(values.type) else values


def _is_text(values: pa.Array) -> bool:
    return is_text(values.type) or is_binary(values.type)


def _text_ends(values: pa.Array) -> tuple[bytes, bytes, int]:
    ends = pc.min_max(values)
    low, high = (cast("bytes", ends[end].as_buffer().to_pybytes()) for end in ("min", "max"))
    return low, high, 0


def _number_ends(values: pa.Array) -> tuple[int | float, int | float, int | float]:
    kind = values.type
    if pa.types.is_decimal(kind):
        # In 256 bits no sum of so few values of 38 digits overflows; of wider ones Python adds them up.
        wide = pa.decimal256(76, kind.scale)
        ends = pc.min_max(values)
        low, high = (_unscaled(ends[end].cast(wide)) for end in ("min", "max"))
        if kind.precision > 38:
            return low, high, sum(_unscaled(value) for value in values)
        return low, high, _unscaled(pc.sum(values.cast(wide)))
    if pa.types.is_boolean(kind):
        values = values.cast(pa.uint8())
    elif pa.types.is_temporal(kind):
        values = values.view(_WHOLE[kind.bit_width // 8])
    ends = pc.min_max(values)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if pa.types.is_floating(kind):
        return low, high, pc.sum(values.cast(pa.float64())).as_py()
    if pa.types.is_temporal(kind):
        return low, high, 0
    return low, high, int(pc.sum(values.cast(pa.decimal128(38, 0))).as_py())


def _unscaled(value: pa.Scalar) -> int:
    """A decimal's digits without its point."""
    sign, digits, exponent = value.as_py().as_tuple()
    number: int = int("".join(map(str, digits))) * 10 ** (exponent + value.type.scale)
    return -number if sign else number
