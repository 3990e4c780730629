"""Lines that one program wrote alike: the same keys in the same order, flat, read where their values must stand.

The proof that makes this exact is local to a line. It begins behind a newline; then what stands between two values is
compared, byte for byte, with a line that was parsed by JSON's grammar; every value is read by a reader that takes
nothing but the values of its type, written as JSON writes them, and says how long it is; and the last one ends where
the newline says. So each byte of the line was looked at, and had to be what it is. Lines for which this does not hold
are not judged here: they are left over for a parser that knows all of JSON.

A place in a line depends on the lengths of the values in front of it. So the lines are walked through side by side,
from key to key: a window is copied from where each line has got to, and machine words are taken out of the windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from conduit.connectors._lib.json_columns import reader_of
from conduit.connectors._lib.json_lines import Lines
from conduit.connectors._lib.json_shape import Shape, find_shape
from conduit.connectors._lib.json_window import Tokens, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Lines may have a few shapes in turn, as when keys are left out.
_MAX_SHAPES = 4
_WORTHWHILE = 0.25
_FEW_LINES = 32


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows, and by their number the lines that they are, ascending."""

    rows: pa.RecordBatch
    lines: NDArray[np.int64]


class RegularParser:
    """Reads lines into rows of `schema`.

    `exact` names the float64 columns in which a number that has more digits than they hold is no value.
    """

    def __init__(self, schema: pa.Schema, exact: frozenset[str]) -> None:
        self._schema = schema
        self._exact = exact
        self._readers = {field.name: reader for field in schema if (reader := reader_of(field.type))}
        self._known = {name: schema.field(name).type for name in self._readers}
        # What all lines of a chunk looked like, those of the next one may well look like too.
        self._usual: Shape | None = None

    def pieces(self, lines: Lines) -> Iterator[Piece]:
        """The rows of lines that have the shapes which are found among them; what is in no piece is not judged."""
        numbers = np.arange(len(lines))
        shape = self._usual
        for _ in range(_MAX_SHAPES):
            shape = shape or find_shape(lines, self._known)
            if shape is None:
                return
            rows, bad = self._read(lines, shape)
            if not bad.any():
                self._usual = shape
                yield Piece(rows, numbers)
                return
            good = ~bad
            kept = np.count_nonzero(good)
            if kept:
                yield Piece(rows.filter(pa.array(good)), numbers[good])
            numbers, lines = numbers[bad], lines.take(np.flatnonzero(bad))
            if shape is not self._usual and (kept < _WORTHWHILE * len(bad) or len(lines) < _FEW_LINES):
                return
            self._usual = shape = None

    def _read(self, lines: Lines, shape: Shape) -> tuple[pa.RecordBatch, NDArray[np.bool_]]:
        """A row of each line, and which of the rows mean nothing."""
        last = lines.ends - len(shape.tail.text)
        bad = np.zeros(len(lines), np.bool_)
        differs = np.zeros(len(lines), np.uint64)
        columns: dict[str, pa.Array] = {}
        places = lines.starts
        for group in shape.groups:
            # A line that is bad already may have led anywhere.
            places = np.minimum(places, lines.ends)
            window = Window(lines, places, group.width)
            for slot, offset in zip(group.slots, group.offsets):
                differs |= window.differences(offset - len(slot.before.text), slot.before)
                is_inner = slot is not group.slots[-1]
                ends = last if group is shape.groups[-1] and not is_inner else None
                begins = places + offset
                tokens = Tokens(slot, lines, window, offset, begins, ends, is_inner, bad)
                columns[slot.name], lengths = self._readers[slot.name](tokens, slot.name in self._exact)
                if is_inner:
                    bad |= lengths != slot.fixed
            places = begins + lengths
        bad |= places != last
        tail = Window(lines, np.maximum(last, 0), max(8, len(shape.tail.text)))
        differs |= tail.differences(0, shape.tail)
        bad |= differs != 0
        found = [columns[f.name] if f.name in columns else pa.nulls(len(lines), f.type) for f in self._schema]
        return pa.RecordBatch.from_arrays(found, schema=self._schema), bad
