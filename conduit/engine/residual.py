"""What a source did not absorb of a request, applied here: an ignored filter is slow, never wrong."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.core.request import ReadRequest
from conduit.errors import ConfigError, UnknownName
from conduit.quality.rows import filter_rows

if TYPE_CHECKING:
    import polars as pl


class Residual:
    """The filter and the limit that are left. Shared by all slices of an epoch: the limit is of them together."""

    def __init__(self, left: ReadRequest, schema: pa.Schema, place: str) -> None:
        self._filter = _compile(left.filter.text, schema, place) if left.filter else None
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


def filter_columns(text: str) -> tuple[str, ...]:
    """The columns that a filter reads."""
    import polars as pl

    try:
        return tuple(pl.sql_expr(text).meta.root_names())
    except pl.exceptions.PolarsError as bad:
        raise ConfigError(f"The filter {text!r} is not understood: {bad}.") from bad


def _compile(text: str, schema: pa.Schema, place: str) -> pl.Expr:
    """The filter as an expression that gives a truth value for each row. Raises ConfigError, UnknownName."""
    import polars as pl

    for name in filter_columns(text):
        if name not in schema.names:
            raise UnknownName.among("column", name, schema.names, place=f"{place}, filter {text!r}")
    expression = pl.sql_expr(text)
    try:
        empty = pl.from_arrow(schema.empty_table())
        assert isinstance(empty, pl.DataFrame)
        kind = empty.select(expression).to_series().dtype
    except pl.exceptions.PolarsError as bad:
        raise ConfigError(f"The filter {text!r} cannot be applied: {bad}.", place=place) from bad
    if kind != pl.Boolean:
        raise ConfigError(f"The filter {text!r} gives {kind}, not true or false.", place=place)
    return expression
