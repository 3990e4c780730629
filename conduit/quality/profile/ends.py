"""The first and last rows of a load as a sample."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.rows import take_values
from conduit.quality.columns import Column, is_binary, is_text
from conduit.quality.profile.plain import Plain, plain_values, shortened

_LARGE_CELLS = 1 << 16


class Ends:
    """The first and the last rows of a load, `most` of each; values that are long are cut as they arrive."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._first: list[tuple[Plain, ...]] = []
        self._last: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        if not self._most or not batch.num_rows:
            return
        missing = self._most - len(self._first)
        if missing > 0:
            self._first += _plain_rows(_kept(batch.slice(0, missing)))
        self._rows += batch.num_rows
        # Of a batch that others follow only copies stay, or nothing: most batches have enough rows of their own.
        self._last = [] if batch.num_rows >= self._most else [*self._last[:-1], *map(_kept, self._last[-1:])]
        self._last.append(batch.slice(max(batch.num_rows - self._most, 0)))
        while sum(part.num_rows for part in self._last[1:]) >= self._most:
            self._last.pop(0)

    @property
    def first(self) -> list[tuple[Plain, ...]]:
        return self._first

    @property
    def last(self) -> list[tuple[Plain, ...]]:
        """The last rows, none of which is among the first."""
        rows = [row for part in self._last for row in _plain_rows(_kept(part))]
        new = min(self._most, self._rows - len(self._first))
        return rows[-new:] if new else []


def _kept(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Copies of a few rows: a slice would keep the whole batch in memory."""
    rows = pa.arange(0, batch.num_rows)
    kept = []
    for number, field in enumerate(batch.schema):
        values = Column(field.name, (number,), field.type).values(batch)
        if is_text(values.type) or is_binary(values.type):
            kept.append(shortened(values))
        elif values.nbytes > _LARGE_CELLS:
            kept.append(pc.if_else(values.is_valid(), "…", None))
        else:
            kept.append(take_values(values, rows))
    return pa.RecordBatch.from_arrays(kept, names=batch.schema.names)


def _plain_rows(batch: pa.RecordBatch) -> list[tuple[Plain, ...]]:
    columns = [Column(field.name, (number,), field.type) for number, field in enumerate(batch.schema)]
    return list(zip(*(plain_values(column.values(batch)) for column in columns), strict=True))
