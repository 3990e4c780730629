"""Rows that may not pass, with the reason: what checks and casts hand over to the dead letter queue."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

REASONS_SCHEMA = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False, metadata={"description": "read | check | conform | write"}),
        pa.field("code", pa.string(), nullable=False, metadata={"description": "stable name of the reason"}),
        pa.field("check", pa.string(), metadata={"description": "the check that failed, null where none did"}),
        pa.field("column", pa.string(), metadata={"description": "the column at fault"}),
        pa.field("value", pa.string(), metadata={"description": "the value at fault"}),
        pa.field("message", pa.string(), nullable=False, metadata={"description": "the reason, for a person"}),
    ]
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rejected rows as they arrived, typed, and one row of REASONS_SCHEMA for each.

    `numbers` are their 0-based numbers, in order, in the batch that they were taken out of.
    """

    rows: pa.RecordBatch
    reasons: pa.RecordBatch
    numbers: pa.Array
