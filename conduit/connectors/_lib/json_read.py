"""Reading one JSON file: chunks are parsed by several threads, and rows, rejects and marks come in order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import IO

import pyarrow as pa

from conduit.connectors._lib.file_storage import Storage
from conduit.connectors._lib.json_chunks import Chunk, Rooms, element_chunks, line_chunks, rest_of_file, whole
from conduit.connectors._lib.json_content import Format, open_content, reading
from conduit.connectors._lib.json_places import LinesPlace
from conduit.connectors._lib.json_regular import RegularParser
from conduit.connectors._lib.json_rows import Parsed, parse_chunk
from conduit.connectors._lib.json_slow import Reject
from conduit.connectors._lib.ordered import ordered_map
from conduit.sdk import MALFORMED_SCHEMA, Malformed, Mark, Message, Position, Rows, SourceError

# One processor is left to whoever takes the rows.
WORKERS = max(1, min(4, (os.cpu_count() or 2) - 1))
# Larger chunks are parsed no faster: their parts fall out of the cache between one look and the next.
MAX_CHUNK_BYTES = 4 << 20


class JsonReader:
    """Reads one file. `schema` is what its rows are to have, `wanted` the columns that are given out.

    `exact` names the columns whose float64 values must show all the digits of the file.
    """

    def __init__(
        self, storage: Storage, path: str, form: Format, schema: pa.Schema, wanted: list[str], exact: frozenset[str]
    ) -> None:
        self._storage = storage
        self._path = path
        self._form = form
        self._schema = schema
        self._wanted = wanted
        self._exact = exact

    def messages(self, size: int, resume: Position | None) -> Iterator[Message]:
        """Rows, rejects and a mark per chunk of about `size` bytes of text."""
        offset, line, column, closed = _place(resume, self._path)
        regular = RegularParser(self._schema, self._exact)
        parse = partial(parse_chunk, regular=regular, schema=self._schema, exact=self._exact)
        rooms = Rooms()
        with reading(self._path), open_content(self._storage, self._path, offset) as stream:
            chunks = self._chunks(stream, offset, line, closed, min(size, MAX_CHUNK_BYTES), rooms)
            with closing(ordered_map(parse, chunks, WORKERS, ahead=WORKERS)) as results:
                for chunk, parsed in results:
                    yield from self._emit(chunk, parsed, line, column)
                    line += parsed.lines
                    column = chunk.width if parsed.lines else column + chunk.width
                    closed = closed or chunk.closed
                    rooms.give(chunk)
                    yield Mark(Position({"offset": chunk.end, "line": line, "column": column, "closed": closed}))

    def _chunks(
        self, stream: IO[bytes], offset: int, line: int, closed: bool, size: int, rooms: Rooms
    ) -> Iterable[Chunk]:
        match self._form:
            case "ndjson":
                return line_chunks(stream, offset, size, rooms)
            case "array" if closed:
                return rest_of_file(stream, offset, size)
            case "array":
                return element_chunks(stream, offset, line, size, inside=offset > 0, path=self._path)
            case "object":
                return () if offset else whole(stream, self._path)

    def _emit(self, chunk: Chunk, parsed: Parsed, line: int, column: int) -> Iterator[Message]:
        if parsed.rows.num_rows:
            yield Rows(parsed.rows.select(self._wanted), self._rows_at(chunk, parsed, line))
        if parsed.rejects:
            yield Malformed(_malformed(parsed.rejects, self._path, line, column))

    def _rows_at(self, chunk: Chunk, parsed: Parsed, line: int) -> LinesPlace | None:
        if self._form != "ndjson":
            return None
        lines = parsed.lines + (bytes(chunk.text[-1:]) != b"\n")
        rejected = tuple(reject.line for reject in parsed.rejects)
        rows = parsed.rows.num_rows
        return LinesPlace(self._storage, self._path, line, chunk.offset, chunk.end, lines, rejected, rows)


def _malformed(rejects: list[Reject], path: str, line: int, column: int) -> pa.RecordBatch:
    """Rejects of a chunk that begins at a line of the file, behind so many characters of it."""
    return pa.RecordBatch.from_pylist(
        [
            {
                "file": path,
                "line": line + reject.line,
                "column_number": reject.column and reject.column + (0 if reject.line else column),
                "byte_offset": reject.offset,
                "raw": reject.raw,
                "code": reject.reason.code,
                "field": reject.reason.field,
                "value": reject.reason.value,
                "message": reject.reason.message,
            }
            for reject in rejects
        ],
        schema=MALFORMED_SCHEMA,
    )


def _place(resume: Position | None, path: str) -> tuple[int, int, int, bool]:
    match resume.value if resume else {"offset": 0, "line": 1, "column": 0, "closed": False}:
        case {"offset": int(offset), "line": int(line), "column": int(column), "closed": bool(closed)}:
            return offset, line, column, closed
        case other:
            raise SourceError(f"{other!r} is no position in a JSON file.", place=path)
