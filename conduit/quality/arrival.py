"""Which words of a batch can have come before, told from the stretches in which words have come so far.

Keys mostly come in an order: a table sorted by its key, files by day, numbers that a counter gave out. Then a batch
lies where none has been, but for what comes late or twice, and only that has to be looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_MOST_IN_ORDER = 16  # of so many words one may lie where others have been


class Stretches:
    """Disjoint closed ranges that cover every word so far; as few as the order of arrival allows."""

    def __init__(self) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []
        self._arrived = 0
        self._covered = 0

    @property
    def in_order(self) -> bool:
        """False when so many words lay where others had been that the stretches tell too little."""
        return self._covered * _MOST_IN_ORDER <= self._arrived

    def see(self, words: pl.Series) -> pl.Series | None:
        """Remember the words; True where one lies within an earlier stretch, None where none does."""
        self._arrived += len(words)
        covered = self._covering(words)
        if covered is None:
            self._add(words)
            return None
        self._covered += int(covered.sum())
        # Only what lies outside makes a stretch: a late word must not let it reach from there to here.
        self._add(words.filter(~covered))
        return covered

    def _covering(self, words: pl.Series) -> pl.Series | None:
        import polars as pl

        low, high = _span(words)
        first, last = bisect_left(self._highs, low), bisect_left(self._highs, high)
        if first == len(self._highs) or (first == last and self._lows[first] > high):
            return None
        ends = slice(first, last + 1)
        lows, highs = (pl.Series(bounds[ends], dtype=pl.UInt64) for bounds in (self._lows, self._highs))
        at = highs.search_sorted(words)
        covered = (at < len(highs)) & (lows.gather(at.clip(upper_bound=len(highs) - 1)) <= words)
        return covered if covered.any() else None

    def _add(self, words: pl.Series) -> None:
        if not len(words):
            return
        low, high = _span(words)
        first = bisect_left(self._highs, low)
        last = first
        while last < len(self._lows) and self._lows[last] <= high:
            last += 1
        if first < last:
            low, high = min(low, self._lows[first]), max(high, self._highs[last - 1])
        self._lows[first:last], self._highs[first:last] = [low], [high]


def _span(words: pl.Series) -> tuple[int, int]:
    low, high = words.min(), words.max()
    assert isinstance(low, int)
    assert isinstance(high, int)
    return low, high
