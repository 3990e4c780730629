"""Rows from the first, the middle and the last row groups of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from conduit.sdk import SAMPLE_BYTES, Part, Sample

_BATCH_ROWS = 4_096
# A row group is decoded from its beginning; a larger one is not, only to see its last rows.
_DECODED_BYTES = 128 << 20


def sample_row_groups(file: pq.ParquetFile, names: Sequence[str], rows: int, path: str) -> Iterator[Sample]:
    """Up to `rows` rows of these columns: first ones of the file, some from its middle, and its last ones."""
    metadata = file.metadata
    filled = [i for i in range(metadata.num_row_groups) if metadata.row_group(i).num_rows]
    if not filled:
        return
    share = -(-rows // 3)
    if metadata.num_rows <= rows:
        yield from _of_part("head", _read(file, filled, names, rows), path)
        return
    yield from _of_part("head", _read(file, filled[:1], names, share), path)
    middle, last = filled[len(filled) // 2], filled[-1]
    before = max((metadata.row_group(middle).num_rows - share) // 2, 0) if _is_cheap(metadata, middle) else 0
    if len(filled) > 1 or before:
        yield from _of_part("middle", _read(file, [middle], names, share, before), path)
    left = max(metadata.row_group(last).num_rows - share, 0) if _is_cheap(metadata, last) else 0
    if len(filled) > 2 or left > before:
        yield from _of_part("tail", _read(file, [last], names, share, left), path)


def _is_cheap(metadata: pq.FileMetaData, group: int) -> bool:
    return bool(metadata.row_group(group).total_byte_size <= _DECODED_BYTES)


def _read(
    file: pq.ParquetFile, groups: Sequence[int], names: Sequence[str], count: int, skip: int = 0
) -> Iterator[pa.RecordBatch]:
    size = 0
    for batch in file.iter_batches(_BATCH_ROWS, row_groups=list(groups), use_threads=True):
        passed = min(skip, batch.num_rows)
        skip -= passed
        kept = batch.slice(passed, count).select(list(names)).replace_schema_metadata(None)
        if kept.num_rows:
            count, size = count - kept.num_rows, size + kept.nbytes
            yield kept
        if count <= 0 or size >= SAMPLE_BYTES:
            return


def _of_part(part: Part, batches: Iterator[pa.RecordBatch], path: str) -> Iterator[Sample]:
    return (Sample(part, batch, path) for batch in batches)
