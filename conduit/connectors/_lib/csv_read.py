"""Reading one CSV file: chunks are parsed by several threads, in order; suspicious ones are repaired on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import IO

import pyarrow as pa

from conduit.connectors._lib.csv_content import MAX_RECORD, Chunk, Content
from conduit.connectors._lib.csv_lines import ChunkPlace, Lines
from conduit.connectors._lib.csv_parse import Layout, parse_chunk
from conduit.connectors._lib.ordered import ordered_map
from conduit.sdk import LinePlace, Malformed, Mark, Message, Position, Rows, SourceError

WORKERS = max(2, min(4, os.cpu_count() or 2))


class CsvReader:
    """Reads one file from a byte of its content on. `open_content` yields the content from a byte offset."""

    def __init__(
        self,
        path: str,
        layout: Layout,
        open_content: Callable[[int], IO[bytes]],
        chunk_bytes: int,
        quoted_newlines: bool,
    ) -> None:
        self._path = path
        self._layout = layout
        self._open_content = open_content
        self._chunk_bytes = chunk_bytes
        self._quoted_newlines = quoted_newlines
        self._repairs = Lines(open_content)
        self._rejects = Lines(open_content)

    def messages(self, offset: int) -> Iterator[Message]:
        """Rows, rejects and a mark per chunk. Raises SourceError when the bytes cannot be decoded."""
        content = Content(self._open_content(offset), offset)
        size = self._chunk_bytes
        try:
            while True:
                taken: list[Chunk] = []
                consumed = 0
                chunks = _noting(content.chunks(size, self._layout.dialect.quote, self._quoted_newlines), taken)
                with closing(ordered_map(self._parse, chunks, WORKERS, ahead=WORKERS)) as results:
                    for chunk, batch in results:
                        if batch is None:
                            consumed = yield from self._repair(chunk)
                            if consumed < chunk.size:
                                break
                        else:
                            yield Rows(batch, self._place(chunk, batch.num_rows))
                            yield Mark(Position({"offset": chunk.offset + chunk.size}))
                        content.recycle(taken.pop(0))
                    else:
                        return
                # The cut was wrong: what follows was cut at wrong places too. Begin again behind what was read.
                content.put_back(taken, consumed)
                self._quoted_newlines = True
                size = self._chunk_bytes if consumed else min(size * 2, MAX_RECORD)
        except (UnicodeDecodeError, pa.ArrowInvalid, EOFError, OSError) as broken:
            raise SourceError(
                f"The file cannot be read on: {broken}.",
                place=self._path,
                remedy="Is it damaged or truncated, or is its encoding another one? Set `encoding`.",
            ) from broken
        finally:
            content.close()
            self._repairs.close()

    def _parse(self, chunk: Chunk) -> pa.RecordBatch | None:
        return parse_chunk(chunk, self._layout)

    def _repair(self, chunk: Chunk) -> Generator[Message, None, int]:
        """The messages of a chunk that the fast path refused; returns how many of its bytes were understood."""
        from conduit.connectors._lib.csv_repair import repair_chunk

        repaired = repair_chunk(chunk, self._layout, self._path, self._repairs.line_at(chunk.offset))
        if repaired.rows.num_rows:
            yield Rows(repaired.rows, LinePlace(self._path, repaired.lines))
        if repaired.malformed.num_rows:
            yield Malformed(repaired.malformed)
        if repaired.consumed:
            yield Mark(Position({"offset": chunk.offset + repaired.consumed}))
        return repaired.consumed

    def _place(self, chunk: Chunk, rows: int) -> ChunkPlace:
        return ChunkPlace(self._path, self._layout, self._rejects, chunk.offset, chunk.size, chunk.last, rows)


def _noting(chunks: Iterator[Chunk], taken: list[Chunk]) -> Iterator[Chunk]:
    for chunk in chunks:
        taken.append(chunk)
        yield chunk
