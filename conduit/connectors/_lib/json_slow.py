"""Lines of JSON to rows and rejects, one at a time and strictly: what the fast parsers must agree with.

It runs for chunks that are small, and for lines that the fast parsers leave over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from conduit.connectors._lib.json_chunks import Chunk
from conduit.connectors._lib.json_lines import Lines
from conduit.connectors._lib.json_regular import Piece
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


def parse_slow(
    chunk: Chunk, lines: Lines, which: Iterable[int], schema: pa.Schema, exact: frozenset[str]
) -> tuple[Piece, list[Reject]]:
    """Which of these lines of a chunk are rows, and why the others are not. `exact` names columns that keep digits."""
    convert = row_converter(schema, exact)
    rows: list[list[Any]] = []
    kept: list[int] = []
    rejects: list[Reject] = []
    counted, line = 0, 0
    for number in which:
        raw = lines.raw(number)
        if not raw.strip(_BLANK) and chunk.elements is None:
            continue
        try:
            rows.append(convert(_element(raw, chunk)))
            kept.append(number)
        except BadRow as reason:
            start = int(lines.starts[number])
            begin = start + len(raw) - len(raw.lstrip(_BLANK))
            if chunk.origin is None:
                rejects.append(_reject(reason, raw, begin - start, number, raw, chunk.offset + start))
            else:
                # An element of an array may begin in any line: they are counted from one reject to the next.
                line += chunk.origin.count(b"\n", counted, begin)
                counted = begin
                rejects.append(_reject(reason, raw, begin, line, chunk.origin, chunk.offset))
    columns = [pa.array([row[i] for row in rows], type=field.type) for i, field in enumerate(schema)]
    return Piece(pa.RecordBatch.from_arrays(columns, schema=schema), np.array(kept, np.int64)), rejects


def _element(raw: bytes, chunk: Chunk) -> dict[str, Value]:
    if chunk.elements is not None and not raw.strip(_BLANK):
        raise BadRow("json_syntax", "An element is missing between two commas, or behind the last one.")
    return parse_row(raw)


def _reject(reason: BadRow, raw: bytes, begin: int, line: int, origin: bytes, offset: int) -> Reject:
    """A row that begins at `begin`, and where its fault is: in a column of the line that it begins in, else None."""
    column = None
    if reason.at is not None:
        before = raw.decode(errors="surrogateescape")[: reason.at].encode(errors="surrogateescape")
        fault = begin + len(before) - (len(raw) - len(raw.lstrip(_BLANK)))
        start = origin.rfind(b"\n", 0, begin) + 1
        if b"\n" not in origin[begin:fault]:
            column = len(origin[start:fault].decode(errors="replace")) + 1
    text = origin[begin : begin + len(raw.lstrip(_BLANK))].rstrip(b"\r\n ")
    return Reject(line, column, offset + begin, text, reason)
