"""A JSON file's content as UTF-8, and which of the formats it has: lines, an array, or one object."""

from __future__ import annotations

import codecs
import io
import json
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Literal

from conduit.connectors._lib.file_storage import Storage
from conduit.connectors._lib.file_streams import COMPRESSIONS, open_stream
from conduit.sdk import SourceError

Format = Literal["ndjson", "array", "object"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLANK = b" \t\r\n"
_LOOK = 64 << 10
_LOOK_LIMIT = 16 << 20


def open_content(storage: Storage, path: str, offset: int = 0) -> IO[bytes]:
    """The content from a byte offset of it, as UTF-8. Raises SourceError that names the path.

    Offsets of a file that is UTF-8 are those of its (decompressed) bytes; a byte-order mark there reads as spaces.
    """
    stream = open_stream(storage, path)
    with reading(path), stream:
        head = read_some(stream, 4)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    if encoding == "utf-8":
        content = open_stream(storage, path, offset)
        return _Unmarked(content) if offset == 0 and head.startswith(codecs.BOM_UTF8) else content  # type: ignore[return-value]
    recoded: IO[bytes] = _Recoded(open_stream(storage, path), encoding)  # type: ignore[assignment]
    with reading(path):
        read_some(recoded, offset)
    return recoded


def detect_format(storage: Storage, path: str) -> Format:
    """What the beginning of a file shows; a file that is empty, or nothing of this, is taken for lines."""
    with reading(path), open_content(storage, path) as stream:
        head = read_some(stream, _LOOK)
        start = head.lstrip(_BLANK)
        if start[:1] == b"[":
            return "array"
        if start[:1] != b"{" or _says_lines(path):
            return "ndjson"
        # An object may be one of many lines or all of the file: the first line tells, and it may be long.
        while b"\n" not in start and len(head) < _LOOK_LIMIT and (more := read_some(stream, len(head))):
            head += more
            start = head.lstrip(_BLANK)
    first, _, rest = start.partition(b"\n")
    # A row may have been torn in two; then other rows follow, and they begin where lines begin.
    goes_on = rest.strip(_BLANK) and b"\n{" not in start and _is_cut_short(first)
    return "object" if goes_on else "ndjson"


def read_some(stream: IO[bytes], size: int) -> bytes:
    """Up to `size` bytes; fewer only at the end."""
    pieces: list[bytes] = []
    while size and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn what a stream raises into a SourceError that names the file."""
    try:
        yield
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as broken:
        raise SourceError(
            f"The file cannot be read on: {broken}.",
            place=path,
            remedy="Is it truncated or damaged, or does its ending name another compression?",
        ) from broken


def _says_lines(path: str) -> bool:
    bare = path.lower()
    for ending in COMPRESSIONS:
        bare = bare.removesuffix(ending)
    return bare.endswith((".jsonl", ".ndjson"))


def _is_cut_short(line: bytes) -> bool:
    """Whether a line is the beginning of a JSON value that goes on behind it."""
    text = line.decode(errors="replace").rstrip()
    try:
        json.loads(text)
    except json.JSONDecodeError as bad:
        return bad.pos >= len(text)
    except RecursionError:
        pass
    return False


class _Wrapped(io.RawIOBase):
    """A stream over another one, with `readinto` made of `read`."""

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        piece = self.read(len(room))
        room[: len(piece)] = piece
        return len(piece)


class _Unmarked(_Wrapped):
    """A stream whose first three bytes, a byte-order mark, read as spaces, so that offsets stay the file's."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._begun = False

    def read(self, size: int = -1) -> bytes:
        if self._begun:
            return self._stream.read(size)
        self._begun = True
        return b"   " + read_some(self._stream, max(size, 3))[3:]

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Recoded(_Wrapped):
    """A stream in an encoding that begins with a byte-order mark, as UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        while not self._held and (raw := self._stream.read(1 << 20)):
            self._held = self._decoder.decode(raw).encode()
        if not self._held:
            self._decoder.decode(b"", final=True)
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def close(self) -> None:
        self._stream.close()
        super().close()
