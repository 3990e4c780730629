"""What is exact over all rows of a column: NULLs and NaN, and of numbers and points in time the ends and the sum.

It is computed of every batch, so it makes as few passes over the values as there are figures, and copies nothing that
it can leave where it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.quality.columns import Column, is_binary, is_text

Words: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"
Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Number: TypeAlias = int | float

_SIGN = 63
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
# A whole number of so many digits fits into 64 bits.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of some rows of a column; extents add up. Decimals and times are on their whole-number scale.

    `total` is exact for whole numbers and decimals. For floats it is the sum of the batches' sums, and `lost` is what
    adding those has rounded off.
    """

    rows: int = 0
    nulls: int = 0
    nans: int = 0
    low: Number | None = None
    high: Number | None = None
    total: Number = 0
    lost: float = 0.0

    @property
    def count(self) -> int:
        """How many values are neither NULL nor NaN."""
        return self.rows - self.nulls - self.nans

    def __add__(self, other: Extent) -> Extent:
        low, high, total, lost = self.low, self.high, self.total + other.total, self.lost + other.lost
        if other.low is not None and (low is None or other.low < low):
            low = other.low
        if other.high is not None and (high is None or other.high > high):
            high = other.high
        if isinstance(total, float) and math.isfinite(total):
            lost += _rounded_off(float(self.total), float(other.total), total)
        rows, nulls, nans = self.rows + other.rows, self.nulls + other.nulls, self.nans + other.nans
        return Extent(rows, nulls, nans, low, high, total, lost)


def is_profiled(kind: pa.DataType) -> bool:
    """Whether more than NULLs is told of a type: not of nested values and calendar intervals."""
    return not (pa.types.is_nested(kind) or pa.types.is_interval(kind) or pa.types.is_null(kind))


def has_length(kind: pa.DataType) -> bool:
    """Whether values of a type are text or bytes."""
    return is_text(kind) or is_binary(kind) or bool(pa.types.is_fixed_size_binary(kind))


def extent_of(column: Column, batch: pa.RecordBatch) -> Extent:
    """The extent of a batch's column; of text, bytes and nested values, how many are NULL."""
    values = batch.column(column.path[0])
    measure = _MEASURES.get(values.type.id) if len(column.path) == 1 else None
    if measure is None:
        values = column.values(batch)
        measure = _MEASURES.get(values.type.id, _others)
    rows, nulls = len(values), values.null_count
    return Extent(rows, nulls) if nulls == rows else measure(values, rows, nulls)


def _others(values: pa.Array, rows: int, nulls: int) -> Extent:
    return Extent(rows, nulls)


def _in_code(values: pa.DictionaryArray, rows: int, nulls: int) -> Extent:
    # Decoding text costs more than all else here, and is for nothing where the code itself says what is NULL.
    if values.dictionary.null_count or not has_length(values.type.value_type):
        values = values.dictionary_decode()
        nulls, measure = values.null_count, _MEASURES.get(values.type.id, _others)
        return Extent(rows, nulls) if nulls == rows else measure(values, rows, nulls)
    return Extent(rows, nulls)


def _truths(values: pa.BooleanArray, rows: int, nulls: int) -> Extent:
    true = values.true_count
    return Extent(rows, nulls, 0, int(true == rows - nulls), int(true > 0), true)


def _whole(values: pa.Array, rows: int, nulls: int) -> Extent:
    # Arrow passes over NULLs at less cost than taking them out.
    ends = pc.min_max(values)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if _fits(low, high, rows):
        return Extent(rows, nulls, 0, low, high, pc.sum(values).as_py())
    words = values.drop_null().to_numpy().astype(np.int64 if low < 0 else np.uint64).view(np.uint64).reshape(-1, 1)
    return Extent(rows, nulls, 0, low, high, _exact_sum(words, low < 0))


def _moments(values: pa.Array, rows: int, nulls: int) -> Extent:
    ends = pc.min_max(values.view(pa.int64() if values.type.bit_width == 64 else pa.int32()))
    return Extent(rows, nulls, 0, ends["min"].as_py(), ends["max"].as_py())


def _floats(values: pa.Array, rows: int, nulls: int) -> Extent:
    # Arrow's least and greatest of floats take ten times as long as numpy's.
    plain = (values.drop_null() if nulls else values).to_numpy()
    if plain.dtype == np.float16:
        plain = plain.astype(np.float32)
    low, nans = plain.min().item(), 0
    # One NaN is the least of all to numpy: this says for nothing that there is none.
    if math.isnan(low):
        plain = plain[~np.isnan(plain)]
        nans = rows - nulls - len(plain)
        if not len(plain):
            return Extent(rows, nulls, nans)
        low = plain.min().item()
    with np.errstate(over="ignore", invalid="ignore"):
        total = plain.sum(dtype=np.float64).item()
    return Extent(rows, nulls, nans, low, plain.max().item(), total)


def _decimals(values: pa.Array, rows: int, nulls: int) -> Extent:
    values, kind = values.drop_null() if nulls else values, values.type
    width = kind.bit_width // 64
    words = np.frombuffer(values.buffers()[1], np.uint64)[values.offset * width :][: len(values) * width]
    words = words.reshape(-1, width)
    lowest = words[:, 0].view(np.int64)
    if kind.precision <= _DIGITS or _repeat_the_sign(lowest, words[:, 1:]):
        low, high = lowest.min().item(), lowest.max().item()
        total = lowest.sum().item() if _fits(low, high, rows) else _exact_sum(words[:, :1], True)
    else:
        ends = pc.min_max(values)
        low, high = (_on_whole_scale(ends[end].as_py(), kind.scale) for end in ("min", "max"))
        total = _exact_sum(words, True)
    return Extent(rows, nulls, 0, low, high, total)


def _short_decimals(values: pa.Array, rows: int, nulls: int) -> Extent:
    return _whole(values.view(pa.int64() if values.type.bit_width == 64 else pa.int32()), rows, nulls)


def _fits(low: int, high: int, count: int) -> bool:
    """Whether 64 bits hold the greatest sum that so many values between these can have."""
    return max(-low, high) * count < 1 << _SIGN


def _exact_sum(words: Words, is_signed: bool) -> int:
    """The sum of whole numbers of one or more 64-bit words each, the lowest first, whatever its size."""
    total = 0
    for place in range(words.shape[1]):
        word = words[:, place]
        is_top = is_signed and place == words.shape[1] - 1
        high = (word.view(np.int64) >> np.int64(32)).sum() if is_top else (word >> _HALF).sum()
        total += (int((word & _LOW).sum()) + (int(high) << 32)) << (64 * place)
    return total


def _repeat_the_sign(lowest: Ints, upper: Words) -> bool:
    """Whether all higher words only repeat the sign of the lowest."""
    sign = (lowest >> np.int64(_SIGN)).view(np.uint64)
    return all(np.array_equal(upper[:, place], sign) for place in range(upper.shape[1]))


def _on_whole_scale(value: Decimal, scale: int) -> int:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "no decimal of Arrow's is infinite"
    number: int = int("".join(map(str, digits))) * 10 ** (exponent + scale)
    return -number if sign else number


def _rounded_off(a: float, b: float, total: float) -> float:
    """What adding two floats lost (Knuth's TwoSum)."""
    shadow = total - a
    return (a - (total - shadow)) + (b - shadow)


_INTS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
_TIMES = (pa.date32(), pa.date64(), pa.time32("s"), pa.time64("us"), pa.timestamp("s"), pa.duration("s"))
_TEXTS = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view())
_MEASURES: dict[int, Callable[[Any, int, int], Extent]] = {
    **{kind.id: _whole for kind in _INTS},
    **{kind.id: _floats for kind in (pa.float16(), pa.float32(), pa.float64())},
    **{kind.id: _short_decimals for kind in (pa.decimal32(1), pa.decimal64(1))},
    **{kind.id: _decimals for kind in (pa.decimal128(1), pa.decimal256(1))},
    **{kind.id: _moments for kind in _TIMES},
    **{kind.id: _others for kind in _TEXTS},
    pa.bool_().id: _truths,
    pa.dictionary(pa.int8(), pa.string()).id: _in_code,
}
