"""Counts batches into the profiles of their columns, by several threads at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

import pyarrow as pa

from conduit.quality.columns import Column
from conduit.quality.profile.column import ColumnProfile, estimates_of, figures_of
from conduit.quality.profile.rows import ALL_UP_TO, looked_at
from conduit.quality.rows import take_rows

# Columns of this many rows stay in a core's cache from one kernel to the next.
_PIECE_ROWS = 65_536
# The rows of a sample are gathered from several pieces: each look at a column costs some dozen calls, however few
# the rows are.
_SAMPLE_ROWS = 8_192


class Counter:
    """The profiles of some columns; memory does not grow with the rows."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._paths = columns
        self._columns = [ColumnProfile() for _ in columns]
        self._lock = Lock()
        self._samples: list[pa.RecordBatch] = []
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch."""
        with self._lock:
            pieces = list(self._pieces(batch))
        for piece, start in pieces:
            self._add(piece, start)

    def columns(self) -> list[ColumnProfile]:
        """The profiles of all batches so far."""
        with self._lock:
            samples, self._samples = self._samples, []
        if samples:
            self._estimate(pa.concat_batches(samples))
        with self._lock:
            return list(self._columns)

    def _pieces(self, batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Pieces with the number of their first row in the load; from ALL_UP_TO on, not all rows are looked at."""
        cuts = [min(max(ALL_UP_TO - self.rows, 0), batch.num_rows)]
        left = batch.num_rows - cuts[0]
        pieces = max(round(left / _PIECE_ROWS), 1)
        cuts += [cuts[0] + left * number // pieces for number in range(1, pieces + 1)]
        start = 0
        for end in cuts:
            if end > start:
                yield batch.slice(start, end - start), self.rows
                self.rows += end - start
                start = end

    def _add(self, piece: pa.RecordBatch, start: int) -> None:
        # What is known is read without the lock: it only ever makes less work, and is replaced as a whole.
        for number, column in enumerate(self._paths):
            self._count(number, figures_of(column, piece, self._columns[number]))
        rows = looked_at(start, piece.num_rows)
        if rows is None:
            self._estimate(piece)
            return
        sample = take_rows(piece, pa.array(rows))
        with self._lock:
            self._samples.append(sample)
            due = sum(sample.num_rows for sample in self._samples) >= _SAMPLE_ROWS
            samples, self._samples = (self._samples, []) if due else ([], self._samples)
        if samples:
            self._estimate(pa.concat_batches(samples))

    def _estimate(self, sample: pa.RecordBatch) -> None:
        for number, column in enumerate(self._paths):
            self._count(number, estimates_of(column, sample, self._columns[number]))

    def _count(self, number: int, partial: ColumnProfile) -> None:
        with self._lock:
            self._columns[number] += partial
