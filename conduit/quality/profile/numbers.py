"""Least, greatest and sum of numbers and points in time, exact but for the sums of floats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.quality.profile.hashing import Words

_SIGN = 63
_LOW = np.uint64(0xFFFFFFFF)
_UNITS = {1: pa.int8(), 2: pa.int16(), 4: pa.int32(), 8: pa.int64()}
_SPREAD = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of some numbers; extents add up. Decimals and times are on their whole-number scale.

    `total` is exact for whole numbers and decimals. For floats it is the sum of the batches' sums, and `lost` is what
    adding those has rounded off.
    """

    count: int = 0
    low: int | float | None = None
    high: int | float | None = None
    total: int | float = 0
    lost: float = 0.0

    def __add__(self, other: Extent) -> Extent:
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        total, lost = self.total + other.total, self.lost + other.lost
        if isinstance(total, float) and math.isfinite(total):
            lost += _rounded_off(float(self.total), float(other.total), total)
        return Extent(
            self.count + other.count,
            min(lows, default=None),
            max(highs, default=None),
            total,
            lost,
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values without NULL and NaN as arrays of numpy: `plain`, or where 64 bits are too few, as `words` alone."""

    kind: pa.DataType
    values: pa.Array
    plain: np.ndarray[Any, Any] | None
    words: np.ndarray[Any, np.dtype[np.uint64]] | None

    @classmethod
    def of(cls, values: pa.Array) -> Numbers:
        """Numbers, truths or points in time, without NULL and NaN; nothing is copied but truths and halves."""
        kind = values.type
        if pa.types.is_decimal128(kind) or pa.types.is_decimal256(kind):
            width = kind.bit_width // 64
            start = values.offset * width
            words = np.frombuffer(values.buffers()[1], np.uint64)[start : start + len(values) * width]
            words = words.reshape(-1, width)
            return cls(kind, values, _narrow(words), words)
        if pa.types.is_boolean(kind):
            return cls(kind, values, values.cast(pa.uint8()).to_numpy(), None)
        if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
            return cls(kind, values, values.view(_UNITS[kind.bit_width // 8]).to_numpy(), None)
        plain = values.to_numpy()
        return cls(kind, values, plain.astype(np.float32) if pa.types.is_float16(kind) else plain, None)

    def __len__(self) -> int:
        return len(self.values)

    def extent(self) -> Extent:
        if not len(self):
            return Extent()
        if self.plain is None:
            return self._wide_extent()
        low, high = self.plain.min().item(), self.plain.max().item()
        if isinstance(low, float):
            with np.errstate(over="ignore", invalid="ignore"):
                return Extent(len(self), low, high, float(self.plain.sum(dtype=np.float64)))
        if pa.types.is_temporal(self.kind):
            return Extent(len(self), low, high)
        # The greatest sum that these values can have decides whether 64 bits hold it.
        narrow = max(-low, high, 0) * len(self) < 1 << _SIGN
        total = int(self.plain.sum()) if narrow else exact_sum(self._as_words().reshape(-1, 1), self._is_signed)
        return Extent(len(self), low, high, total)

    def hashable(self, rows: np.ndarray[Any, Any] | None = None) -> Words:
        """Each value (or those of some rows) as 64 bits; two values have the same bits where they are equal.

        Decimals wider than that are folded: the chance that two fold alike is that of a hash.
        """
        if self.plain is None:
            assert self.words is not None
            words = self.words if rows is None else self.words[rows]
            sign = (words[:, -1].view(np.int64) >> np.int64(_SIGN)).view(np.uint64)
            folded: Words = words[:, 0].copy()
            for place in range(1, words.shape[1]):
                # Nothing where the word only repeats the sign: the same number has the same bits in narrow company.
                folded ^= (words[:, place] ^ sign) * _SPREAD * np.uint64(place)
            return folded
        return self._as_words(rows)

    @property
    def _is_signed(self) -> bool:
        return self.plain is None or self.plain.dtype.kind == "i"

    def _as_words(self, rows: np.ndarray[Any, Any] | None = None) -> Words:
        assert self.plain is not None
        plain = self.plain if rows is None else self.plain[rows]
        if plain.dtype.kind == "f":
            # -0.0 equals 0.0, and has other bits.
            return (plain.astype(np.float64, copy=False) + 0.0).view(np.uint64)
        wide = plain.astype(np.uint64 if plain.dtype.kind == "u" else np.int64, copy=False)
        return np.ascontiguousarray(wide).view(np.uint64)

    def _wide_extent(self) -> Extent:
        ends = pc.min_max(self.values)
        assert self.words is not None
        low, high = (_on_whole_scale(ends[name].as_py(), self.kind.scale) for name in ("min", "max"))
        return Extent(len(self), low, high, exact_sum(self.words, is_signed=True))


def exact_sum(words: np.ndarray[Any, np.dtype[np.uint64]], is_signed: bool) -> int:
    """The sum of whole numbers of one or more 64-bit words each, the lowest first, whatever its size."""
    total = 0
    for place in range(words.shape[1]):
        word = words[:, place]
        is_top = is_signed and place == words.shape[1] - 1
        high = (word.view(np.int64) >> np.int64(32)).sum() if is_top else (word >> np.uint64(32)).sum()
        total += (int((word & _LOW).sum()) + (int(high) << 32)) << (64 * place)
    return total


def _narrow(words: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """The lowest words as signed numbers, where the higher ones only repeat their sign; else None."""
    lowest = words[:, 0].view(np.int64)
    upper = words[:, 1:]
    if not upper.any():
        return lowest if not len(lowest) or lowest.min() >= 0 else None
    repeated = (lowest >> np.int64(_SIGN)).view(np.uint64)
    return lowest if all((upper[:, place] == repeated).all() for place in range(upper.shape[1])) else None


def _on_whole_scale(value: Decimal, scale: int) -> int:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "no decimal of Arrow's is infinite"
    number: int = int("".join(map(str, digits))) * 10 ** (exponent + scale)
    return -number if sign else number


def _rounded_off(a: float, b: float, total: float) -> float:
    """What adding two floats lost (Knuth's TwoSum)."""
    shadow = total - a
    return (a - (total - shadow)) + (b - shadow)
