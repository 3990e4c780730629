"""Lines of JSON to rows and rejects, one at a time and strictly: what the fast parsers must agree with.

It runs for chunks that are small, and for those in which a row is at fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.json_chunks import Chunk
from conduit.connectors._lib.json_text import BadRow, Value, parse_row
from conduit.connectors._lib.json_values import row_converter

_BLANK = b" \t\r"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused. `line` counts from 0 at the chunk's first line, `offset` is one of the content."""

    line: int
    column: int | None
    offset: int
    raw: bytes
    reason: BadRow


def parse_slow(chunk: Chunk, schema: pa.Schema, exact: frozenset[str]) -> tuple[pa.RecordBatch, list[Reject]]:
    """The rows of a chunk that are right, and why the others are not. `exact` names columns that keep all digits."""
    convert = row_converter(schema, exact)
    rows: list[list[Any]] = []
    rejects: list[Reject] = []
    at, line = 0, 0
    origin = chunk.text if chunk.origin is None else chunk.origin
    texts = chunk.text.split(b"\n")
    for raw in texts if texts[-1] else texts[:-1]:
        if raw.strip(_BLANK) or chunk.elements is not None:
            try:
                rows.append(convert(_element(raw, chunk)))
            except BadRow as reason:
                rejects.append(_reject(reason, raw, at, line, origin, chunk.offset))
        line += origin.count(b"\n", at, at + len(raw) + 1)
        at += len(raw) + 1
    columns = [pa.array([row[i] for row in rows], type=field.type) for i, field in enumerate(schema)]
    return pa.RecordBatch.from_arrays(columns, schema=schema), rejects


def _element(raw: bytes, chunk: Chunk) -> dict[str, Value]:
    if chunk.elements is not None and not raw.strip(_BLANK):
        raise BadRow("json_syntax", "An element is missing between two commas, or behind the last one.")
    return parse_row(raw)


def _reject(reason: BadRow, raw: bytes, at: int, line: int, origin: bytes, offset: int) -> Reject:
    """Where a row begins and its fault is. The column is one of the line that the row begins in, else None."""
    begin = at + len(raw) - len(raw.lstrip(_BLANK))
    line += origin.count(b"\n", at, begin)
    column = None
    if reason.at is not None:
        fault = at + len(raw.decode(errors="surrogateescape")[: reason.at].encode(errors="surrogateescape"))
        start = origin.rfind(b"\n", 0, begin) + 1
        if b"\n" not in origin[begin:fault]:
            column = len(origin[start:fault].decode(errors="replace")) + 1
    return Reject(line, column, offset + begin, origin[begin : at + len(raw)].rstrip(b"\r\n "), reason)
