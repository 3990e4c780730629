"""How many distinct values there are, from the K least hashes of the values: mergeable, and exact up to K.

Bar-Yossef et al., "Counting distinct elements in a data stream" (2002); Beyer et al., "On synopses for distinct-value
estimation" (2007). The values whose hashes are least are a uniform sample of the distinct values. With K of them kept
the standard error is 1 / sqrt(K - 1), which is 3.1 %.

Where only some of the rows were looked at, their number is scaled up with the estimator Duj2a of Haas and Stokes,
"Estimating the number of classes in a finite population" (1998): Duj1, which PostgreSQL uses, for all values but those
that were seen often. No such scaling has a bound on its error that is worth the name; it takes each value to be seen
about as often as it is there, which it is when rows are in no order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from conduit.quality.profile.look import Counts
from conduit.quality.profile.numbers import Words
from conduit.quality.profile.rows import ALL_UP_TO

K = 1024
ALL_HASHES = 1 << 64
# More sightings of a value than this say nothing of those that were not seen.
_OFTEN = 50


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """The hashes less than `below` of all values that were looked at, sorted, with their counts; they add up.

    Of no more than ALL_UP_TO values all hashes are kept.
    """

    hashes: Words = field(default_factory=lambda: np.empty(0, np.uint64))
    counts: Counts = field(default_factory=lambda: np.empty(0, np.int64))
    below: int = ALL_HASHES
    looked: int = 0

    @classmethod
    def of(cls, hashes: Words, counts: Counts, looked: int, below: int = ALL_HASHES) -> Distinct:
        """Distinct hashes of `looked` values, in any order, with their counts; those less than `below` are kept."""
        if below < ALL_HASHES:
            least = hashes < np.uint64(below)
            hashes, counts = hashes[least], counts[least]
        order = np.argsort(hashes)
        return cls(hashes[order], counts[order], below, looked)

    def __add__(self, other: Distinct) -> Distinct:
        if not self.looked:
            return other
        looked = self.looked + other.looked
        is_cut = looked > ALL_UP_TO
        parts = [part._least() if is_cut else part for part in (self, other)]
        hashes, places = np.unique(np.concatenate([part.hashes for part in parts]), return_inverse=True)
        counts = np.zeros(len(hashes), np.int64)
        np.add.at(counts, places, np.concatenate([part.counts for part in parts]))
        merged = Distinct(hashes, counts, min(part.below for part in parts), looked)
        return merged._least() if is_cut else merged

    def _least(self) -> Distinct:
        """Those of the K least hashes alone."""
        below = min(self.below, int(self.hashes[K])) if len(self.hashes) > K else self.below
        keep = len(self.hashes) if below == ALL_HASHES else int(np.searchsorted(self.hashes, np.uint64(below)))
        return Distinct(self.hashes[:keep].copy(), self.counts[:keep].copy(), below, self.looked)

    def estimate(self, values: int) -> int:
        """How many distinct values there are among `values`, of which `looked` were looked at."""
        kept = len(self.hashes)
        if not kept:
            return 0
        # Within the kept values, so that the error of how many they stand for is not made many times larger. One that
        # is seen often stands for itself alone: whether its hash is among the least must not decide.
        rare = self.counts[self.counts <= _OFTEN]
        unseen = 1 - self.looked / values
        found = float(kept - len(rare))
        if len(rare):
            found += len(rare) / (1 - unseen * float(np.count_nonzero(rare == 1)) / float(rare.sum()))
        return min(max(round(found * ALL_HASHES / self.below), kept), values)
