"""Some rows of a batch, whatever its types: Arrow cannot yet select from text and bytes that are stored as views.

Text may have come dictionary-encoded where plain text was promised.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


def filter_rows(batch: pa.RecordBatch, mask: pa.Array) -> pa.RecordBatch:
    """The rows where the mask is true, in the batch's own schema."""
    return _select(batch, lambda values: values.filter(mask))


def take_rows(batch: pa.RecordBatch, rows: pa.Array) -> pa.RecordBatch:
    """The rows with these numbers, in the batch's own schema."""
    return _select(batch, lambda values: values.take(rows))


def as_promised(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the types of `schema`: text that came as a dictionary is decoded where it was to be plain."""
    if all(values.type == field.type for values, field in zip(batch.columns, schema, strict=True)):
        return batch
    arrays = [
        # Arrow has no cast from a dictionary to a view of text.
        values if values.type == field.type else values.dictionary_decode().cast(field.type)
        for values, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _select(batch: pa.RecordBatch, select: Callable[[pa.Array], pa.Array]) -> pa.RecordBatch:
    arrays = []
    for values in batch.columns:
        if pa.types.is_string_view(values.type) or pa.types.is_binary_view(values.type):
            stored = pa.large_string() if pa.types.is_string_view(values.type) else pa.large_binary()
            arrays.append(select(values.cast(stored)).cast(values.type))
        else:
            arrays.append(select(values))
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)
