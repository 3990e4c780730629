"""One chunk of lines to rows and rejects: the fast parsers where they prove to be right, a strict one elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from conduit.connectors._lib.json_chunks import MAX_ROW_BYTES, Chunk
from conduit.connectors._lib.json_parsed import parse_rows
from conduit.connectors._lib.json_regular import parse_regular
from conduit.connectors._lib.json_slow import Reject, parse_slow
from conduit.connectors._lib.json_text import BadRow

# Importing Polars costs more than parsing this much line by line.
SMALL_BYTES = 256 << 10
PIECES = 16

_BLANK = b" \t\r"
_BLANK_LINE = re.compile(rb"(?:\A|\n)[ \t\r]*\n")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a chunk holds, in its order; `lines` is how many lines of the file it ends."""

    rows: pa.RecordBatch
    rejects: list[Reject]
    lines: int


def parse_chunk(chunk: Chunk, schema: pa.Schema, exact: frozenset[str]) -> Parsed:
    """The rows and rejects of a chunk. `exact` names columns whose float64 values must show all their digits."""
    nothing = pa.RecordBatch.from_pylist([], schema=schema)
    if chunk.too_long:
        reason = BadRow(
            "json_too_long", f"The line has {chunk.end - chunk.offset:,} bytes, more than {MAX_ROW_BYTES:,}."
        )
        return Parsed(nothing, [Reject(0, None, chunk.offset, chunk.text, reason)], chunk.lines)
    if chunk.closed and chunk.elements is None:
        reason = BadRow("json_trailing", "Something follows the end of the array.")
        return Parsed(nothing, [Reject(chunk.lines, None, chunk.offset, chunk.text, reason)], chunk.lines)
    if chunk.elements == 0:
        return Parsed(nothing, [], chunk.lines)
    text = chunk.text if chunk.text.endswith(b"\n") else chunk.text + b"\n"
    rows = parse_regular(text, schema, exact)
    if rows is not None and chunk.elements in (None, rows.num_rows):
        # Each of these rows is a line; counting newlines is slow enough to be spared.
        lines = rows.num_rows - (text is not chunk.text) if chunk.lines < 0 else chunk.lines
        return Parsed(rows, [], lines)
    lines = chunk.text.count(b"\n") if chunk.lines < 0 else chunk.lines
    rows = _parse_any(text, chunk.elements, schema, exact) if len(text) >= SMALL_BYTES else None
    if rows is not None:
        return Parsed(rows, [], lines)
    if len(chunk.text) < SMALL_BYTES or chunk.text.count(b"\n") < PIECES:
        rows, rejects = parse_slow(chunk, schema, exact)
        return Parsed(rows, rejects, lines)
    parsed = [parse_chunk(piece, schema, exact) for piece in _pieces(chunk)]
    table = pa.Table.from_batches([piece.rows for piece in parsed], schema).combine_chunks()
    batches = table.to_batches()
    rejects = []
    line = 0
    for piece in parsed:
        rejects += [Reject(r.line + line, r.column, r.offset, r.raw, r.reason) for r in piece.rejects]
        line += piece.lines
    return Parsed(batches[0] if batches else nothing, rejects, lines)


def _parse_any(text: bytes, elements: int | None, schema: pa.Schema, exact: frozenset[str]) -> pa.RecordBatch | None:
    expected = text.count(b"\n") if elements is None else elements
    if elements is None and _BLANK_LINE.search(text):
        expected = sum(1 for line in text.split(b"\n") if line.strip(_BLANK))
    return parse_rows(text, expected, schema, exact) if expected else None


def _pieces(chunk: Chunk) -> list[Chunk]:
    """The chunk in smaller ones, so that one bad row does not slow down all the others."""
    pieces = []
    at, text = 0, chunk.text
    while at < len(text):
        cut = text.find(b"\n", at + len(text) // PIECES) + 1 or len(text)
        piece = text[at:cut]
        origin = None if chunk.origin is None else chunk.origin[at:cut]
        elements = None if chunk.elements is None else piece.count(b"\n")
        lines = (origin or piece).count(b"\n")
        pieces.append(Chunk(piece, chunk.offset + at, chunk.offset + cut, lines, origin, elements))
        at = cut
    return pieces
