"""The lines at which rows of CSV begin, counted by a second look at the file. Only a file with rejects pays for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.csv_content import Chunk
from conduit.connectors._lib.csv_parse import Layout
from conduit.sdk import Place, places_in


class Lines:
    """Counts the lines of a content from front to back, as far as it is asked; asking for an earlier place is slow.

    The stream stays open between two questions: what is compressed would have to be unpacked from its beginning.
    """

    def __init__(self, open_content: Callable[[int], IO[bytes]]) -> None:
        self._open_content = open_content
        self._stream: IO[bytes] | None = None
        self._at, self._line = 0, 1

    def line_at(self, offset: int) -> int:
        """The 1-based line at a byte of the content."""
        if self._stream is None or self._at > offset:
            self.close()
            self._stream, self._at, self._line = self._open_content(0), 0, 1
        while self._at < offset and self._take(min(1 << 20, offset - self._at)):
            pass
        return self._line

    def read(self, offset: int, size: int) -> tuple[int, bytes]:
        """The line at a byte of the content, and `size` bytes from there."""
        line = self.line_at(offset)
        pieces = []
        while size and (piece := self._take(size)):
            pieces.append(piece)
            size -= len(piece)
        return line, b"".join(pieces)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __del__(self) -> None:
        # The last batch that could ask is gone: nobody else knows when that is.
        self.close()

    def _take(self, size: int) -> bytes:
        assert self._stream is not None
        piece = self._stream.read(size)
        self._at += len(piece)
        self._line += piece.count(b"\n")
        return piece


@dataclass(frozen=True, slots=True)
class ChunkPlace(Place):
    """The `rows` rows of a chunk of `size` bytes of the content at `offset`."""

    file: str
    layout: Layout
    lines: Lines
    offset: int
    size: int
    last: bool
    rows: int

    def of(self, rows: pa.Array) -> pa.RecordBatch:
        first, text = self.lines.read(self.offset, self.size)
        breaks = self.lines.line_at(self.offset + self.size) - first
        if breaks + (not text.endswith(b"\n")) == self.rows:
            return places_in(self.file, pc.add(rows, first))
        text = text if text.endswith(b"\n") else text + b"\n"
        # Blank lines, or records of several lines: each record has to be found.
        from conduit.connectors._lib.csv_repair import repair_chunk

        chunk = Chunk(self.offset, pa.py_buffer(text), self.size, self.last, bytearray())
        found = repair_chunk(chunk, self.layout, self.file, first).lines
        known = found if len(found) == self.rows else pa.nulls(self.rows, pa.int64())
        return places_in(self.file, known.take(rows))
