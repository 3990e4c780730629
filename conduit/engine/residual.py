"""What a source did not absorb of a request, applied here: an ignored filter is slow, never wrong."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.core.request import ReadRequest
from conduit.core.rows import filter_rows
from conduit.plan.filtering import filter_expression

if TYPE_CHECKING:
    import polars as pl


class Residual:
    """The filter and the limit that are left. Shared by all slices of an epoch: the limit is of them together."""

    def __init__(self, left: ReadRequest, schema: pa.Schema, place: str) -> None:
        self._filter = filter_expression(left.filter.text, schema, place) if left.filter else None
        self._limit = left.limit
        self._passed = 0
        self._guard = threading.Lock()

    @property
    def exhausted(self) -> bool:
        """Whether the limit is reached, so that reading on is of no use."""
        return self._limit is not None and self._passed >= self._limit

    def keep(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows that pass: the same batch when all do."""
        if self._filter is not None:
            batch = self._filtered(batch)
        if self._limit is not None:
            with self._guard:
                room = max(self._limit - self._passed, 0)
                batch = batch if batch.num_rows <= room else batch.slice(0, room)
                self._passed += batch.num_rows
        return batch

    def numbers_kept(self, batch: pa.RecordBatch, count: int) -> pa.Array:
        """The 0-based numbers of the `count` rows of a batch that passed."""
        if self._filter is None:
            return pa.arange(0, count)
        return self._mask(batch).arg_true().head(count).to_arrow().cast(pa.int64())

    def _filtered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        mask = self._mask(batch)
        if mask.all(ignore_nulls=False):
            return batch
        return filter_rows(batch, mask.to_arrow())

    def _mask(self, batch: pa.RecordBatch) -> pl.Series:
        import polars as pl

        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        assert self._filter is not None
        return frame.select(self._filter).to_series()
