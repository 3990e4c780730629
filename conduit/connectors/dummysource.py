"""Dummysource: a few fixed rows, and failures on demand, to try a pipeline without data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pyarrow as pa

from conduit.sdk import (
    MALFORMED_SCHEMA,
    Malformed,
    Mark,
    Message,
    Options,
    Partition,
    Position,
    ReadRequest,
    Rows,
    Scan,
    Source,
    SourceError,
    SourceSpec,
    TransientError,
    option,
)

_SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("value", pa.float64())])
_ROW_BYTES = 32


class DummySourceOptions(Options):
    rows: int = option(10, description="How many rows to give.", example=1_000, ge=0)
    fail_after_rows: int | None = option(
        None, description="Fail once this many rows were given; 0 fails before the first.", example=5, ge=0
    )
    failure: Literal["fatal", "transient"] = option(
        "fatal", description="Whether the failure is one that trying again may cure.", example="transient"
    )
    malformed_rows: int = option(
        0, description="How many further rows arrive as ones that no reader could parse.", example=2, ge=0
    )


class DummySource(Source[DummySourceOptions]):
    """Rows 1 to `rows` with an id, a name and a value; the malformed ones come after them."""

    spec = SourceSpec(
        name="dummysource",
        summary="Fixed rows and failures on demand, to try a pipeline without data.",
        resume=True,
        aliases=("dummy_source",),
    )
    options_model = DummySourceOptions

    def scan(self, request: ReadRequest) -> Scan:
        return Scan(
            schema=_SCHEMA,
            partitions=(Partition(id="all", rows_estimate=self.options.rows),),
            absorbed=ReadRequest(batch_bytes=request.batch_bytes),
            rows_estimate=self.options.rows,
            fingerprint=f"{self.options.rows}-{self.options.malformed_rows}",
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        options = self.options
        row, malformed = _place(resume)
        fails_at = options.rows + 1 if options.fail_after_rows is None else options.fail_after_rows
        last = min(options.rows, fails_at)
        size = max(1, request.batch_bytes // _ROW_BYTES)
        while row < last:
            count = min(size, last - row)
            yield Rows(_rows(row + 1, count))
            row += count
            yield Mark(Position([row, malformed]))
        if row >= fails_at:
            raise self._failure(row)
        if malformed < options.malformed_rows:
            yield Malformed(_malformed(options.rows + 1, options.malformed_rows))
            yield Mark(Position([row, options.malformed_rows]))

    def _failure(self, row: int) -> SourceError | TransientError:
        kind = TransientError if self.options.failure == "transient" else SourceError
        return kind(
            f"Failed after {row:,} rows, as asked.", place="dummysource", remedy="Remove `fail_after_rows` to succeed."
        )


def _place(resume: Position | None) -> tuple[int, int]:
    match resume.value if resume else [0, 0]:
        case [int(row), int(malformed)]:
            return row, malformed
        case other:
            raise SourceError(f"{other!r} is no position of this source.", place="dummysource")


def _rows(first: int, count: int) -> pa.RecordBatch:
    import polars as pl

    ids = pl.int_range(first, first + count, dtype=pl.Int64)
    frame = pl.select(id=ids, name=pl.concat_str(pl.lit("row "), ids.cast(pl.String)), value=ids * 1.5)
    return pa.RecordBatch.from_arrays(
        [frame[field.name].to_arrow().cast(field.type) for field in _SCHEMA], schema=_SCHEMA
    )


def _malformed(first_line: int, count: int) -> pa.RecordBatch:
    def same(value: object) -> pa.Array:
        return pa.repeat(pa.scalar(value), count)

    columns = {
        "line": pa.array(range(first_line, first_line + count), pa.int64()),
        "raw": same(b"?,?,?"),
        "code": same("dummy"),
        "message": same("malformed, as asked"),
    }
    arrays = [columns.get(field.name, pa.nulls(count)).cast(field.type) for field in MALFORMED_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=MALFORMED_SCHEMA)


SOURCE = DummySource
