"""One column's figures, whichever way they were computed; what a summary is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from conduit.quality.profile.plain import Plain


@dataclass(frozen=True, slots=True)
class Figures:
    """`low`, `high` and `total` of decimals and points in time are on their whole-number scale; of text they are bytes.

    `distinct` was found in `distinct_looked` values. `top` has the most frequent of `looked` values with their counts,
    each of which lacks `missed` at most.
    """

    rows: int
    nulls: int
    nans: int = 0
    low: int | float | bytes | None = None
    high: int | float | bytes | None = None
    total: int | float = 0
    shortest: int | None = None
    longest: int | None = None
    distinct: int = 0
    distinct_looked: int = 0
    top: Sequence[tuple[Plain, int]] = ()
    looked: int = 0
    missed: int = 0

    @property
    def values(self) -> int:
        """How many values are neither NULL nor NaN."""
        return self.rows - self.nulls - self.nans


def is_profiled(kind: pa.DataType) -> bool:
    """Whether more than NULLs is told of a type: not of nested values and calendar intervals."""
    return not (pa.types.is_nested(kind) or pa.types.is_interval(kind) or pa.types.is_null(kind))


def most_frequent(pairs: Sequence[tuple[Plain, int]], most: int) -> list[tuple[Plain, int]]:
    """The pairs with the greatest counts, in their order; equal ones by value."""
    return sorted(pairs, key=lambda pair: (-pair[1], str(pair[0])))[:most]
