"""The most frequent values, by Misra and Gries: a few counters that never overstate and by how much they may lack.

Misra and Gries, "Finding repeated elements" (1982); merging after Agarwal et al., "Mergeable summaries" (2012). With
C counters, a count lacks at most 1 / (C + 1) of the values that were looked at, and exactly `missed` at most; while
there are no more than C distinct values, it lacks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from conduit.quality.profile.figures import most_frequent
from conduit.quality.profile.look import Look
from conduit.quality.profile.numbers import Words
from conduit.quality.profile.plain import Plain, plain_values

COUNTERS = 128


@dataclass(frozen=True, slots=True)
class Frequent:
    """Counts by hash, and the value behind each hash as it is shown. Every count lacks `missed` at most."""

    counts: Mapping[int, int] = field(default_factory=dict)
    shown: Mapping[int, Plain] = field(default_factory=dict)
    missed: int = 0

    @classmethod
    def of(cls, hashes: Words, look: Look, known: Frequent) -> Frequent:
        """The counts of a look with these hashes; what is `known` to be behind a hash is not asked for again."""
        counts, lost, rows = look.counts, 0, np.arange(len(hashes))
        if len(rows) > COUNTERS:
            often = counts[counts > 1]
            first_lost = len(often) - COUNTERS - 1
            lost = int(np.partition(often, first_lost)[first_lost]) if first_lost >= 0 else 1
            rows = np.flatnonzero(counts > lost)
        keys = hashes[rows].tolist()
        new = [(key, row) for key, row in zip(keys, rows.tolist(), strict=True) if key not in known.shown]
        texts = plain_values(look.values.take(pa.array([row for _, row in new], pa.int64())))
        shown = dict(zip((key for key, _ in new), texts, strict=True))
        found = dict(zip(keys, (counts[rows] - lost).tolist(), strict=True))
        return cls(found, {key: shown[key] if key in shown else known.shown[key] for key in keys}, lost)

    def __add__(self, other: Frequent) -> Frequent:
        if not other.counts:
            return self if not other.missed else Frequent(self.counts, self.shown, self.missed + other.missed)
        counts = dict(self.counts)
        for key, count in other.counts.items():
            counts[key] = counts.get(key, 0) + count
        counts, lost = _cut(counts)
        shown = self.shown if self.shown.keys() >= other.shown.keys() else {**other.shown, **self.shown}
        if lost:
            shown = {key: shown[key] for key in counts}
        return Frequent(counts, shown, self.missed + other.missed + lost)

    def top(self, most: int) -> list[tuple[Plain, int]]:
        """The most frequent values with their counts, the most frequent first.

        Values that others, without a counter, may exceed are left out: they are not among the most frequent for sure.
        """
        pairs = [(self.shown[key], count) for key, count in self.counts.items() if count > self.missed]
        return most_frequent(pairs, most)


def _cut(counts: dict[int, int]) -> tuple[dict[int, int], int]:
    """At most COUNTERS counts, each lowered by the same number, which is returned with them."""
    if len(counts) <= COUNTERS:
        return counts, 0
    lost = sorted(counts.values(), reverse=True)[COUNTERS]
    return {key: count - lost for key, count in counts.items() if count > lost}, lost
