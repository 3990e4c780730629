"""Anything that speaks Arrow's C stream, from Python: tables and frames of pyarrow, polars, pandas, DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pydantic import field_validator

from conduit.sdk import (
    Message,
    Options,
    Part,
    Partition,
    Position,
    ReadRequest,
    Rows,
    Sample,
    Scan,
    Source,
    SourceSpec,
    option,
)


class ArrowSourceOptions(Options):
    """What to read; it cannot be written in YAML."""

    data: Any = option(description="An object with `__arrow_c_stream__`.")

    @field_validator("data")
    @classmethod
    def _speaks_arrow(cls, data: Any) -> Any:
        if not hasattr(data, "__arrow_c_stream__"):
            raise ValueError(f"a {type(data).__name__} has no __arrow_c_stream__")
        return data


class ArrowSource(Source[ArrowSourceOptions]):
    """Reads an object's batches as they are; an object that streams only once can be read only once."""

    spec = SourceSpec("arrow", "Any Python object that exports an Arrow stream")
    options_model = ArrowSourceOptions

    def scan(self, request: ReadRequest) -> Scan:
        data = self.options.data
        # Exporting a RecordBatchReader would use it up, so its schema is asked for directly.
        found = data.schema if isinstance(data, pa.RecordBatchReader) else pa.RecordBatchReader.from_stream(data).schema
        rows = getattr(data, "num_rows", None)
        size = getattr(data, "nbytes", None)
        return Scan(
            schema=_plain(found),
            partitions=(Partition("stream"),),
            rows_estimate=rows if isinstance(rows, int) else None,
            bytes_estimate=size if isinstance(size, int) else None,
        )

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        """A table's head, middle and tail; of other objects the head. A reader would be used up: nothing of it."""
        data = self.options.data
        if isinstance(data, pa.RecordBatchReader):
            return iter(())
        if not isinstance(data, pa.Table) or data.num_rows <= rows:
            return super().sample(scan, request, rows)
        share = -(-rows // 3)
        starts: list[tuple[Part, int]] = [
            ("head", 0), ("middle", (data.num_rows - share) // 2), ("tail", data.num_rows - share)
        ]  # fmt: skip
        return (
            Sample(part, _converted(batch, scan.schema))
            for part, start in starts
            for batch in data.slice(start, share).to_batches()
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        with pa.RecordBatchReader.from_stream(self.options.data) as reader:
            schema = _plain(reader.schema)
            for batch in reader:
                for piece in _pieces(batch, request.batch_bytes):
                    yield Rows(_converted(piece, schema))


def _pieces(batch: pa.RecordBatch, size: int) -> Iterator[pa.RecordBatch]:
    """Slices of about `size` bytes; a frame in memory may come as one batch."""
    rows = max(batch.num_rows * size // max(batch.nbytes, 1), 1)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema without metadata, and with views and dictionaries as the plain types that every destination knows."""
    return pa.schema([pa.field(f.name, _plain_type(f.type), f.nullable) for f in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if kind == pa.string_view():
        return pa.large_string()
    if kind == pa.binary_view():
        return pa.large_binary()
    return kind


def _converted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if batch.schema.equals(schema):
        return batch.replace_schema_metadata(None)
    return pa.RecordBatch.from_arrays(
        [c.cast(f.type) for c, f in zip(batch.columns, schema, strict=True)], schema=schema
    )


SOURCE = ArrowSource
