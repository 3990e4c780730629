"""Some rows of a batch, whatever its types: Arrow cannot yet select from text and bytes that are stored as views."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


def filter_rows(batch: pa.RecordBatch, mask: pa.Array) -> pa.RecordBatch:
    """The rows where the mask is true, in the batch's own schema."""
    return _select(batch, lambda values: values.filter(mask))


def take_rows(batch: pa.RecordBatch, rows: pa.Array) -> pa.RecordBatch:
    """The rows with these numbers, in the batch's own schema."""
    return _select(batch, lambda values: values.take(rows))


def _select(batch: pa.RecordBatch, select: Callable[[pa.Array], pa.Array]) -> pa.RecordBatch:
    arrays = []
    for values in batch.columns:
        if pa.types.is_string_view(values.type) or pa.types.is_binary_view(values.type):
            stored = pa.large_string() if pa.types.is_string_view(values.type) else pa.large_binary()
            arrays.append(select(values.cast(stored)).cast(values.type))
        else:
            arrays.append(select(values))
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)
