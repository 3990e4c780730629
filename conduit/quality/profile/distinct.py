"""How many distinct values there are, from the K least hashes of the values: mergeable, and exact below K.

Bar-Yossef et al., "Counting distinct elements in a data stream" (2002); Beyer et al., "On synopses for distinct-value
estimation" (2007). The values whose hashes are least are a uniform sample of the distinct values. With K of them kept
the standard error is 1 / sqrt(K - 1), which is 3.1 %.

Where only some of the rows were looked at, their number is scaled up with the estimator Duj1 of Haas and Stokes,
"Estimating the number of classes in a finite population" (1998), which PostgreSQL uses as well. No such scaling has a
bound on its error that is worth the name; it sees each value about as often as it is there when rows are in no order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from conduit.quality.profile.hashing import ALL_HASHES, Words

K = 1024


def _none() -> Words:
    return np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """The hashes less than `below` of all values that were looked at, sorted, with their counts; they add up."""

    hashes: Words = field(default_factory=_none)
    counts: Words = field(default_factory=_none)
    below: int = ALL_HASHES
    looked: int = 0

    @classmethod
    def of(cls, hashes: Words, counts: Words, below: int, looked: int) -> Distinct:
        """Distinct hashes with their counts, of which those less than `below` are complete, out of `looked` values."""
        if below < ALL_HASHES:
            least = hashes < np.uint64(below)
            hashes, counts = hashes[least], counts[least]
        return cls(*_sorted(hashes, counts), below, looked)._cut()

    def __add__(self, other: Distinct) -> Distinct:
        below, looked = min(self.below, other.below), self.looked + other.looked
        few, many = sorted((self, other), key=lambda part: len(part.hashes))
        places = np.searchsorted(many.hashes, few.hashes)
        known = places < len(many.hashes)
        known[known] = many.hashes[places[known]] == few.hashes[known]
        counts = many.counts
        if known.any():
            counts = counts.copy()
            counts[places[known]] += few.counts[known]
        hashes = many.hashes
        if not known.all():
            hashes, counts = _sorted(
                np.concatenate([hashes, few.hashes[~known]]), np.concatenate([counts, few.counts[~known]])
            )
        return Distinct(hashes, counts, below, looked)._cut()

    def _cut(self) -> Distinct:
        hashes, counts, below = self.hashes, self.counts, self.below
        if len(hashes) > K:
            below = min(below, int(hashes[K]))
        keep = len(hashes) if below == ALL_HASHES else int(np.searchsorted(hashes, np.uint64(below)))
        if keep == len(hashes):
            return self if below == self.below else Distinct(hashes, counts, below, self.looked)
        return Distinct(hashes[:keep].copy(), counts[:keep].copy(), below, self.looked)

    @property
    def is_exact(self) -> bool:
        """All distinct values that were looked at are among the hashes."""
        return self.below == ALL_HASHES

    def estimate(self, values: int) -> int:
        """How many distinct values there are among `values`, of which `looked` were looked at."""
        kept = len(self.hashes)
        seen = float(kept) if self.is_exact else kept * ALL_HASHES / self.below
        if self.looked < values and kept:
            once = seen * float(np.count_nonzero(self.counts == 1)) / kept
            seen = seen * self.looked / (self.looked - once * (1 - self.looked / values))
        return min(max(round(seen), kept), values)


def _sorted(hashes: Words, counts: Words) -> tuple[Words, Words]:
    order = np.argsort(hashes)
    return hashes[order], counts[order]
