"""Sizing what is read from a table: how wide rows are, batches of about so many bytes, and when a file changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator

import pyarrow as pa

_TEXT_BYTES = 32


def bytes_per_row(schema: pa.Schema, sample: pa.Table | None = None) -> int:
    """How many bytes a row has in Arrow: measured on a sample, or guessed from the types."""
    if sample is not None and sample.num_rows:
        return int(max(sample.nbytes // sample.num_rows, 1))
    return sum(_width(field.type) for field in schema) or 1


def cut(batch: pa.RecordBatch, batch_bytes: int) -> Iterator[pa.RecordBatch]:
    """The batch, in pieces where its rows proved wider than expected; nothing for an empty one."""
    pieces = min(max(-(-batch.nbytes // (2 * batch_bytes)), 1), max(batch.num_rows, 1))
    size = -(-batch.num_rows // pieces)
    for start in range(0, batch.num_rows, max(size, 1)):
        yield batch.slice(start, size) if pieces > 1 else batch


def gathered(batches: Iterable[pa.RecordBatch], most_rows: int, most_bytes: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly `most_rows`; fewer at the end, and where `most_bytes` come first."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, most_rows - rows)
            waiting.append(piece)
            start, rows, size = start + piece.num_rows, rows + piece.num_rows, size + piece.nbytes
            if rows == most_rows or size >= most_bytes:
                yield pa.concat_batches(waiting)
                waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.concat_batches(waiting)


def file_fingerprint(*paths: str) -> str:
    """A value that changes when one of the files does: by name, size and time of the last change."""
    parts = []
    for path in paths:
        try:
            found = os.stat(path)
            parts.append(f"{path}\0{found.st_size}\0{found.st_mtime_ns}")
        except FileNotFoundError:
            parts.append(path)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _width(kind: pa.DataType) -> int:
    try:
        return max(int(kind.bit_width) // 8, 1)
    except ValueError:
        return _TEXT_BYTES
