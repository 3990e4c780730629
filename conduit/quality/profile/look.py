"""A close look at some rows of a column: every distinct value with its count, and the ends and lengths of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.quality.columns import is_text
from conduit.quality.profile.numbers import has_length

Counts: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"

# An extreme is kept up to here; far more than is shown of it, and a column of huge values stays cheap to hold.
_KEPT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Span:
    """Extremes and lengths of text (characters) or bytes; spans add up. Code points compare as their UTF-8 bytes do."""

    low: bytes | None = None
    high: bytes | None = None
    shortest: int | None = None
    longest: int | None = None

    def __add__(self, other: Span) -> Span:
        return Span(
            _of_both(min, self.low, other.low),
            _of_both(max, self.high, other.high),
            _of_both(min, self.shortest, other.shortest),
            _of_both(max, self.longest, other.longest),
        )


@dataclass(frozen=True, slots=True)
class Look:
    """The distinct values among `looked`, which are neither NULL nor NaN, and how often each is there."""

    values: pa.Array = field(default_factory=lambda: pa.nulls(0))
    counts: Counts = field(default_factory=lambda: np.empty(0, np.int64))
    looked: int = 0

    @classmethod
    def at(cls, values: pa.Array) -> Look:
        """A look at values that are not nested; NULL and NaN are passed over."""
        values = _comparable(values).drop_null()
        if pa.types.is_floating(values.type):
            values = values.filter(pc.invert(pc.is_nan(values)))
        if not len(values):
            return cls()
        counted = pc.value_counts(values)
        return cls(counted.field("values"), counted.field("counts").to_numpy(), len(values))

    def span(self) -> Span:
        """The ends and lengths of text and bytes; nothing of other values."""
        if not len(self.values) or not has_length(self.values.type):
            return Span()
        ends = pc.min_max(self.values)
        low, high = (cast("bytes", ends[end].as_buffer()[:_KEPT_BYTES].to_pybytes()) for end in ("min", "max"))
        measure = pc.utf8_length if is_text(self.values.type) else pc.binary_length
        lengths = pc.min_max(measure(self.values)).as_py()
        return Span(low, high, lengths["min"], lengths["max"])


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


def _of_both(choose: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    return choose(a, b)
