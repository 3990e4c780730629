"""Every distinct word of a run, and the key behind it, exact: the latest in memory, the rest in sorted runs on disk.

Words are 64 bits and distinct in the store. A packed key is its word; a hashed key is kept beside its word, so that
an equal hash can be told from an equal key.
"""

from __future__ import annotations

import mmap
import tempfile
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa

from conduit.errors import FatalError

if TYPE_CHECKING:
    import polars as pl

_WORD = "word"
_MERGE_AT = 8  # runs of about one size that are merged into one before they are searched
_MOST_RUNS = 512  # even of those that follow each other


@dataclass(frozen=True, slots=True)
class _Run:
    """Words from `low` to `high` and their keys, row by row; `keys` is None where the word is the key."""

    words: pl.Series
    keys: pa.Table | None
    low: int
    high: int
    is_sorted: bool = False

    @classmethod
    def of(cls, words: pl.Series, keys: pa.Table | None) -> _Run:
        low, high = words.min(), words.max()
        assert isinstance(low, int)
        assert isinstance(high, int)
        return cls(words, keys, low, high)

    @property
    def nbytes(self) -> int:
        return 8 * len(self.words) + (0 if self.keys is None else int(self.keys.nbytes))

    def sorted(self) -> _Run:
        if self.is_sorted:
            return self
        if self.keys is None:
            return replace(self, words=self.words.sort(), is_sorted=True)
        order = self.words.arg_sort()
        keys = self.keys.take(order.to_arrow()).combine_chunks()
        return replace(self, words=self.words.gather(order), keys=keys, is_sorted=True)


@dataclass(frozen=True, slots=True)
class Found:
    """For each word that was asked for: is it in the store, and does the key behind it equal the one asked for?"""

    word: pl.Series
    key: pl.Series


class KeyStore:
    """Keeps about `memory` bytes in memory. `directory` None means the system's folder for temporary files."""

    def __init__(self, memory: int, directory: Path | None) -> None:
        self._memory = memory
        self._directory = directory
        self._levels: list[list[_Run]] = [[]]
        self._held = 0
        self._spilled: list[_SpilledRun] = []
        self.count = 0

    def add(self, words: pl.Series, keys: pl.DataFrame | None = None) -> None:
        """Keep words that are not in the store yet, with their keys."""
        if not len(words):
            return
        run = _Run.of(words, None if keys is None else _compact(keys))
        self._levels[0].append(run)
        self._held += run.nbytes
        self.count += len(words)
        if self._held > self._memory:
            self._spill()

    def find(self, words: pl.Series, keys: pl.DataFrame | None = None) -> Found:
        """Look up each word."""
        # In their order the look-ups walk through each run instead of jumping about in it.
        order = words.arg_sort()
        wanted = words.gather(order)
        word = none_of(len(words))
        key = word if keys is None else none_of(len(words))
        for run in self._runs_with(wanted.to_list()):
            places = run.words.search_sorted(wanted)
            hits = run.words.gather(places.clip(upper_bound=len(run.words) - 1)) == wanted
            if hits.any():
                rows = order.filter(hits)
                word.scatter(rows, True)
                if keys is not None and run.keys is not None:
                    key.scatter(rows, _equal(run.keys.take(places.filter(hits).to_arrow()), keys[rows]))
        return Found(word, key)

    def settle(self) -> None:
        """Sort all that is in memory into one run. From here on, as long as nothing is added, many threads may look."""
        runs = [run for level in self._levels for run in level]
        self._levels = [[_merged(runs)]] if runs else [[]]

    def words(self) -> Iterator[pl.Series]:
        """All words, in pieces and in no order."""
        for run in [run for level in self._levels for run in level]:
            yield run.words
        for spilled in self._spilled:
            yield spilled.opened().words

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""
        for spilled in self._spilled:
            spilled.file.close()
        self._spilled, self._levels, self._held = [], [[]], 0

    def _runs_with(self, wanted: list[int]) -> Iterator[_Run]:
        """The runs that may have one of the words, sorted. Sorting waits until somebody looks: of keys that arrive in
        an order few runs are ever looked at, and they need no merging.
        """
        for number, level in enumerate(self._levels):
            if len(level) >= _MOST_RUNS or (len(level) >= _MERGE_AT and not _follow_each_other(level)):
                if number + 1 == len(self._levels):
                    self._levels.append([])
                self._levels[number + 1].append(_merged(level))
                level.clear()
            for place, run in enumerate(level):
                if _any_within(wanted, run.low, run.high):
                    level[place] = run.sorted()
                    yield level[place]
        for spilled in self._spilled:
            if _any_within(wanted, spilled.low, spilled.high):
                yield spilled.opened()

    def _spill(self) -> None:
        runs = [run for level in self._levels for run in level]
        self._levels, self._held = [[]], 0
        self._spilled.append(_SpilledRun.written(_merged(runs), self._directory))


@dataclass(frozen=True, slots=True)
class _SpilledRun:
    """A sorted run in a file that has no name any more, so that it is gone with the process, however that ends."""

    file: IO[bytes]
    low: int
    high: int

    @classmethod
    def written(cls, run: _Run, directory: Path | None) -> _SpilledRun:
        try:
            if directory is not None:
                directory.mkdir(parents=True, exist_ok=True)
            file = tempfile.TemporaryFile(dir=directory, prefix="unique-")  # noqa: SIM115 - lives as long as the store
        except OSError as failed:
            raise _no_room(directory, failed) from failed
        try:
            words = run.words.to_arrow()
            table = pa.table({_WORD: words}) if run.keys is None else run.keys.append_column(_WORD, words)
            with pa.ipc.new_file(pa.PythonFile(file, "w"), table.schema) as writer:
                writer.write_table(table.combine_chunks())
            file.flush()
        except OSError as failed:
            file.close()
            raise _no_room(directory, failed) from failed
        return cls(file, run.low, run.high)

    def opened(self) -> _Run:
        """The run, mapped into memory: only what is looked at is read, and only as long as the run is held."""
        import polars as pl

        mapped = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        table = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(mapped))).read_all()
        words = cast("pl.Series", pl.from_arrow(table.column(table.num_columns - 1).chunk(0)))
        keys = table.remove_column(table.num_columns - 1) if table.num_columns > 1 else None
        return _Run(words, keys, self.low, self.high, is_sorted=True)


def _merged(runs: list[_Run]) -> _Run:
    import polars as pl

    runs = sorted(runs, key=lambda run: run.low)  # what is nearly in order is sorted in a moment
    words = pl.concat([run.words for run in runs], rechunk=True)
    tables = [run.keys for run in runs if run.keys is not None]
    low, high = min(run.low for run in runs), max(run.high for run in runs)
    return _Run(words, pa.concat_tables(tables) if tables else None, low, high).sorted()


def _follow_each_other(runs: list[_Run]) -> bool:
    """True when the runs overlap so little that a word lies in two of them at most, on average."""
    low, high = min(run.low for run in runs), max(run.high for run in runs)
    return sum(run.high - run.low for run in runs) <= 2 * (high - low)


def _any_within(ordered: list[int], low: int, high: int) -> bool:
    place = bisect_left(ordered, low)
    return place < len(ordered) and ordered[place] <= high


def _compact(keys: pl.DataFrame) -> pa.Table:
    """The keys in buffers of their own: a view into the batch would keep the whole batch in memory."""
    import polars as pl

    return keys.to_arrow(compat_level=pl.CompatLevel.oldest())


def _equal(stored: pa.Table, wanted: pl.DataFrame) -> pl.Series:
    import polars as pl

    held = cast("pl.DataFrame", pl.from_arrow(stored))
    columns = [held[name].eq_missing(wanted[name]).alias(name) for name in wanted.columns]
    return pl.DataFrame(columns).select(pl.all_horizontal(pl.all()).alias("equal"))["equal"]


def none_of(count: int) -> pl.Series:
    """A mask that is False everywhere."""
    import polars as pl

    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, count)


def _no_room(directory: Path | None, failed: OSError) -> FatalError:
    return FatalError(
        f"The keys of a `unique` check could not be kept on disk: {failed.strerror or failed}.",
        place=str(directory or tempfile.gettempdir()),
        remedy="Free disk space there, or give the run more `memory:`.",
    )
