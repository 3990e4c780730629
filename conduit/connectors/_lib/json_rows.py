"""One chunk of lines to rows and rejects: the fast parsers where they prove to be right, a strict one elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from conduit.connectors._lib.json_chunks import MAX_ROW_BYTES, Chunk
from conduit.connectors._lib.json_lines import Lines, lines_of
from conduit.connectors._lib.json_parsed import parse_rows
from conduit.connectors._lib.json_regular import Piece, RegularParser
from conduit.connectors._lib.json_slow import Reject, parse_slow
from conduit.connectors._lib.json_text import BadRow

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Importing Polars costs more than parsing this much line by line.
SMALL_BYTES = 256 << 10
# One bad row refuses all that is parsed with it, so that what is refused is parsed again in pieces.
PIECE_BYTES = 64 << 10

_BLANK = b" \t\r"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a chunk holds, in its order; `lines` is how many lines of the file it ends."""

    rows: pa.RecordBatch
    rejects: list[Reject]
    lines: int


def parse_chunk(chunk: Chunk, regular: RegularParser, schema: pa.Schema, exact: frozenset[str]) -> Parsed:
    """The rows and rejects of a chunk. `exact` names columns whose float64 values must show all their digits.

    `regular` is made for the same columns, and may know what the chunks before this one looked like.
    """
    nothing = pa.RecordBatch.from_pylist([], schema=schema)
    if chunk.too_long:
        reason = BadRow(
            "json_too_long", f"The line has {chunk.end - chunk.offset:,} bytes, more than {MAX_ROW_BYTES:,}."
        )
        return Parsed(nothing, [Reject(0, None, chunk.offset, bytes(chunk.text), reason)], chunk.lines)
    if chunk.closed and chunk.elements is None:
        reason = BadRow("json_trailing", "Something follows the end of the array.")
        return Parsed(nothing, [Reject(chunk.lines, None, chunk.offset, bytes(chunk.text), reason)], chunk.lines)
    if chunk.elements == 0:
        return Parsed(nothing, [], chunk.lines)
    lines = lines_of(chunk.text, chunk.room)
    ended = len(lines) - (lines.ends[-1] == len(chunk.text)) if chunk.lines < 0 else chunk.lines
    pieces = list(regular.pieces(lines))
    rejects: list[Reject] = []
    left = _left_over(lines, pieces)
    if len(left):
        for piece, bad in _parse_irregular(chunk, lines, left, schema, exact):
            pieces.append(piece)
            rejects += bad
    return Parsed(_in_order(pieces, schema), rejects, int(ended))


def _left_over(lines: Lines, pieces: list[Piece]) -> NDArray[np.int64]:
    left = np.ones(len(lines), np.bool_)
    for piece in pieces:
        left[piece.lines] = False
    return np.flatnonzero(left)


def _parse_irregular(
    chunk: Chunk, lines: Lines, which: NDArray[np.int64], schema: pa.Schema, exact: frozenset[str]
) -> Iterator[tuple[Piece, list[Reject]]]:
    """These lines of a chunk in pieces, by the bulk parser where it accepts all of a piece."""
    size = int((lines.ends[which] - lines.starts[which]).sum())
    piece = _parse_together(chunk, lines, which, schema, exact) if size >= SMALL_BYTES else None
    if piece is not None:
        yield piece, []
    elif size < SMALL_BYTES:
        yield parse_slow(chunk, lines, which.tolist(), schema, exact)
    else:
        for part in np.array_split(which, min(size // PIECE_BYTES, len(which))):
            piece = _parse_together(chunk, lines, part, schema, exact)
            yield parse_slow(chunk, lines, part.tolist(), schema, exact) if piece is None else (piece, [])


def _parse_together(
    chunk: Chunk, lines: Lines, which: NDArray[np.int64], schema: pa.Schema, exact: frozenset[str]
) -> Piece | None:
    raw = [lines.raw(number) for number in which]
    filled = [i for i, line in enumerate(raw) if line.strip(_BLANK)]
    if not filled or (chunk.elements is not None and len(filled) < len(raw)):
        return None
    rows = parse_rows(b"\n".join(raw) + b"\n", len(filled), schema, exact)
    return None if rows is None else Piece(rows, which[filled])


def _in_order(pieces: list[Piece], schema: pa.Schema) -> pa.RecordBatch:
    """The rows of all pieces, by their lines."""
    if len(pieces) == 1:
        return pieces[0].rows
    rows = pa.Table.from_batches([piece.rows for piece in pieces], schema).combine_chunks().to_batches()
    if not rows:
        return pa.RecordBatch.from_pylist([], schema=schema)
    order = np.argsort(np.concatenate([piece.lines for piece in pieces]), kind="stable")
    return rows[0].take(pa.array(order))
