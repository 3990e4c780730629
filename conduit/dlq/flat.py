"""Rejects as a flat table that any destination can hold: the row is JSON text, bytes are text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from conduit.dlq.reading import read_groups
from conduit.dlq.table import rejects_schema
from conduit.dlq.text import bytes_as_text, rows_as_json

# One schema for all resources and all times: a struct would be another type for each resource, and for each change.
FLAT_SCHEMA = pa.schema(
    [
        *(pa.field(field.name, field.type) for field in rejects_schema(pa.schema([])) if field.name != "raw"),
        pa.field("raw", pa.string()),
        pa.field("row", pa.string()),
    ]
)


def flat_batches(files: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """The rejects of some files, in FLAT_SCHEMA."""
    for file in files:
        for group in read_groups(file):
            for batch in group.table.combine_chunks().to_batches():
                yield flat(batch)


def flat(rejects: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of rejects as they lie in their files, in FLAT_SCHEMA."""
    columns = []
    for field in FLAT_SCHEMA:
        if field.name == "raw":
            columns.append(bytes_as_text(rejects["raw"]))
        elif field.name == "row" and "row" not in rejects.schema.names:
            columns.append(pa.nulls(rejects.num_rows, pa.string()))
        elif field.name == "row":
            columns.append(rows_as_json(rejects["row"]))
        else:
            columns.append(rejects[field.name].cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=FLAT_SCHEMA)
