"""Where the lines of a chunk begin and end, in memory that may be read a little beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How many bytes behind the last line belong to the memory: whoever looks at fixed windows needs no bounds.
REACH = 512

_NEWLINE, _QUOTE = ord("\n"), ord('"')
# What is compared at once: a result that stays in the processor's cache is twice as fast as one of the whole chunk.
_PIECE = 512 << 10
_ONE = np.uint64(1)
# Times 1 << 8 * k, this has k in its highest byte.
_WHICH_BYTE = np.uint64(0x0001020304050607)


@dataclass(frozen=True)
class Lines:
    """Lines in `data`, from `starts` up to the newlines at `ends`. REACH bytes of any content follow the last one."""

    data: NDArray[Any]
    starts: NDArray[Any]
    ends: NDArray[Any]

    def __len__(self) -> int:
        return len(self.starts)

    def raw(self, line: int) -> bytes:
        """One line's bytes, without the newline."""
        return self.data[self.starts[line] : self.ends[line]].tobytes()

    def take(self, which: NDArray[Any]) -> Lines:
        """Some of the lines, in the order given."""
        return Lines(self.data, self.starts[which], self.ends[which])

    @cached_property
    def quotes(self) -> NDArray[Any]:
        """Where all the quotes stand, and the end. Finding them costs much, so it is done on demand."""
        return np.append(np.flatnonzero(self.data[: self.ends[-1]] == _QUOTE), self.ends[-1])


def lines_of(text: bytes | memoryview, room: bytearray | None = None) -> Lines:
    """The lines of a text; the last one may lack its newline.

    `room` is memory that begins with the text and goes on for REACH bytes, which are overwritten; it spares a copy.
    """
    size = len(text)
    if room is None:
        room = bytearray(size + REACH)
        room[:size] = text
    if size and room[size - 1] != _NEWLINE:
        room[size] = _NEWLINE
        size += 1
    data = np.frombuffer(room, np.uint8)
    ends = _newlines(data[:size])
    starts = np.empty(len(ends), np.int64)
    starts[:1] = 0
    np.add(ends[:-1], 1, out=starts[1:])
    return Lines(data, starts, ends)


def _newlines(data: NDArray[Any]) -> NDArray[Any]:
    found = []
    hits = np.empty(min(len(data), _PIECE) + 7 & ~7, np.bool_)
    for at in range(0, len(data), _PIECE):
        piece = data[at : at + _PIECE]
        hits[len(piece) :] = False
        np.equal(piece, _NEWLINE, out=hits[: len(piece)])
        # Eight bytes at a time: a word with a hit is rare, and a word with two of them much more so.
        words = hits.view(np.uint64)
        filled = np.flatnonzero(words != 0)
        bits = words[filled]
        if (bits & (bits - _ONE)).any():
            found.append(np.flatnonzero(hits) + at)
        else:
            found.append(filled * 8 + (bits * _WHICH_BYTE >> np.uint64(56)).view(np.int64) + at)
    return np.concatenate(found) if found else np.empty(0, np.int64)
