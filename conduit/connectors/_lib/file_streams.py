"""A file's bytes as a forward stream: decompressed by the file's ending, readable from any offset of the content."""

from __future__ import annotations

import io
from typing import IO, Any

import pyarrow as pa

from conduit.connectors._lib.file_storage import Storage
from conduit.sdk import SourceError

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2", ".xz": "xz"}


def compression_of(path: str) -> str | None:
    """The compression that a path's ending names, or None."""
    return next((name for ending, name in COMPRESSIONS.items() if path.lower().endswith(ending)), None)


def can_seek(storage: Storage, path: str) -> bool:
    """Whether a place in the file's content is reached without reading what comes before it."""
    if compression_of(path):
        return False
    if storage.is_local:
        return True
    with open_stream(storage, path) as stream:
        return stream.seekable()


def open_stream(storage: Storage, path: str, offset: int = 0) -> IO[bytes]:
    """Open a file's content from byte `offset`: a seek where the file is plain, else decoding up to there.

    Raises SourceError that names the path when the file cannot be opened.
    """
    try:
        raw = storage.open_read(path)
    except FileNotFoundError as gone:
        raise SourceError("The file does not exist (any more).", place=path) from gone
    except OSError as denied:
        raise SourceError(f"The file cannot be opened: {denied.strerror or denied}.", place=path) from denied
    kind = compression_of(path)
    stream = _decompress(raw, kind) if kind else raw
    if offset:
        if stream.seekable() and not kind:
            stream.seek(offset)
        else:
            _skip(stream, offset)
    return stream


def open_encoded(file: IO[bytes], kind: str | None) -> IO[bytes]:
    """Wrap a file that is being written in a compressor; closing the result leaves `file` open."""
    if kind is None:
        return file
    if kind == "xz":
        import lzma

        return lzma.LZMAFile(file, "wb")
    compressed: IO[bytes] = pa.CompressedOutputStream(_LeftOpen(file), kind)
    return compressed


class _LeftOpen(io.RawIOBase):
    """A file whose owner closes it, not the compressor around it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


def _decompress(raw: IO[bytes], kind: str) -> IO[bytes]:
    if kind == "xz":
        import lzma

        return lzma.LZMAFile(raw)
    stream: IO[bytes] = pa.CompressedInputStream(raw, kind)
    return stream


def _skip(stream: IO[bytes], count: int) -> None:
    while count > 0:
        piece = stream.read(min(count, 1 << 20))
        if not piece:
            return
        count -= len(piece)
