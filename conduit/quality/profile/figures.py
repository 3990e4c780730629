"""One column's figures, whichever way they were computed; what a summary is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from conduit.quality.profile.look import Look, Span
from conduit.quality.profile.numbers import Extent
from conduit.quality.profile.plain import Plain, plain_values

# Of more distinct values than this, those that occur once are no frequent values.
_MANY = 128


@dataclass(frozen=True, slots=True)
class Figures:
    """The extent is of all rows, everything else of `looked` values.

    `top` has the most frequent of those with their counts, each of which lacks `missed` at most.
    """

    extent: Extent = field(default_factory=Extent)
    span: Span = field(default_factory=Span)
    distinct: int = 0
    top: Sequence[tuple[Plain, int]] = ()
    looked: int = 0
    missed: int = 0

    @classmethod
    def of_all(cls, extent: Extent, look: Look, most: int) -> Figures:
        """The figures of a column all rows of which were looked at together, with at most so many frequent values."""
        return cls(extent, look.span(), len(look.values), _top(look, most), look.looked)


def most_frequent(pairs: Sequence[tuple[Plain, int]], most: int) -> list[tuple[Plain, int]]:
    """The pairs with the greatest counts, in their order; equal ones by value."""
    return sorted(pairs, key=lambda pair: (-pair[1], str(pair[0])))[:most]


def _top(look: Look, most: int) -> list[tuple[Plain, int]]:
    order = np.argsort(-look.counts, kind="stable")[:_MANY]
    if len(look.counts) > _MANY:
        order = order[look.counts[order] > 1]
    values = plain_values(look.values.take(pa.array(order)))
    return most_frequent(list(zip(values, look.counts[order].tolist(), strict=True)), most)
