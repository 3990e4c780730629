"""Rejects to write, and a way to read what was written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from conduit.core.message import MALFORMED_SCHEMA
from conduit.core.reject import REASONS_SCHEMA
from conduit.dlq.layout import published_files
from conduit.dlq.writer import DlqWriter

ROW_SCHEMA = pa.schema(
    [pa.field("id", pa.int64(), nullable=False), ("amount", pa.decimal128(10, 2)), ("at", pa.timestamp("ns", "UTC"))]
)
NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def writer(directory: Path, token: str = "t1", *, max_file_bytes: int = 64 << 20) -> DlqWriter:
    return DlqWriter(
        directory,
        resource="orders",
        run_id="run-1",
        token=token,
        row_schema=ROW_SCHEMA,
        max_file_bytes=max_file_bytes,
        now=lambda: NOW,
    )


def rows(count: int, start: int = 0, schema: pa.Schema = ROW_SCHEMA) -> pa.RecordBatch:
    numbers = pa.array(range(start, start + count), pa.int64()).cast(schema.field(0).type)
    arrays = [numbers, *(pa.nulls(count, schema.field(i).type) for i in range(1, len(schema)))]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def reasons(count: int, **given: Any) -> pa.RecordBatch:
    reason = {"stage": "check", "code": "range", "message": "id is odd", "value": "1", **given}
    return pa.RecordBatch.from_pylist([reason] * count, schema=REASONS_SCHEMA)


def malformed(count: int) -> pa.RecordBatch:
    row = {"file": "a.csv", "line": 7, "byte_offset": 99, "raw": b"\xff,1", "code": "bad_quote", "message": "no end",
           "field": "id", "value": "\ufffd"}  # fmt: skip
    return pa.RecordBatch.from_pylist([row] * count, schema=MALFORMED_SCHEMA)


def published(directory: Path) -> list[dict[str, Any]]:
    return [row for path in published_files(directory) for row in pq.read_table(path).to_pylist()]
