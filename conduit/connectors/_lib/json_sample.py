"""Rows from a few places of the files, from which the schema is inferred before anything is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from conduit.connectors._lib.file_storage import FileRef, Storage
from conduit.connectors._lib.file_streams import compression_of
from conduit.connectors._lib.json_chunks import Chunk, element_chunks, line_chunks, whole
from conduit.connectors._lib.json_content import Format, open_content, reading
from conduit.connectors._lib.json_text import BadRow, Value, parse_row

MAX_FILES = 4

_CHUNK_BYTES = 128 << 10
_WINDOWED_BYTES = 2 << 20


def sampled_files(files: Sequence[FileRef]) -> list[FileRef]:
    """Up to MAX_FILES of the files that are not empty, the first and the last among them."""
    filled = [ref for ref in files if ref.size] or list(files)
    if len(filled) <= MAX_FILES:
        return filled
    return [filled[i * (len(filled) - 1) // (MAX_FILES - 1)] for i in range(MAX_FILES)]


def sample_rows(storage: Storage, ref: FileRef, form: Format, count: int | None) -> Iterator[dict[str, Value]]:
    """Good rows of one file: `count` from its beginning, and as many from its middle and before its end.

    Only the beginning of arrays, of compressed and of remote files is looked at. None takes all rows.
    """
    with reading(ref.path), open_content(storage, ref.path) as stream:
        if form == "array":
            chunks = element_chunks(stream, 0, 1, _CHUNK_BYTES, inside=False, path=ref.path)
        elif form == "object":
            chunks = whole(stream, ref.path)
        else:
            chunks = line_chunks(stream, 0, _CHUNK_BYTES)
        yield from islice(_good_rows(chunks), count)
    seekable = storage.is_local and compression_of(ref.path) is None and form == "ndjson"
    if count is not None and seekable and ref.size > _WINDOWED_BYTES:
        for offset in (ref.size // 2, ref.size - _CHUNK_BYTES):
            with reading(ref.path), open_content(storage, ref.path, offset) as stream:
                # The first row is cut in two, most likely.
                rows = _good_rows(line_chunks(stream, offset, _CHUNK_BYTES), skip=1)
                yield from islice(rows, count)


def _good_rows(chunks: Iterator[Chunk], skip: int = 0) -> Iterator[dict[str, Value]]:
    for chunk in chunks:
        if chunk.too_long or (chunk.closed and chunk.elements is None):
            continue
        for line in bytes(chunk.text).split(b"\n")[skip:]:
            try:
                if line.strip():
                    yield parse_row(line)
            except BadRow:
                pass
        skip = 0
