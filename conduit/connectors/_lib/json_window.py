"""Fixed windows on lines: what stands at a place that differs from line to line, as columns of machine words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from conduit.connectors._lib.json_lines import Lines
from conduit.connectors._lib.json_shape import Slot
from conduit.connectors._lib.json_words import Spelling, U, position_of, word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NULL, _FOUR_BYTES, _MINUS = word_of(b"null"), U(0xFFFFFFFF), ord("-")


class Window:
    """`width` bytes from each of the places, copied once: gathering costs the same for 8 bytes as for 64."""

    def __init__(self, lines: Lines, places: NDArray[Any], width: int) -> None:
        shape = (len(lines.data) - width + 1,)
        # One element per byte of the text, each as long as the window, overlapping.
        self._bytes = np.ndarray(shape, f"V{width}", lines.data, strides=(1,))[places]
        self._width = width

    def __len__(self) -> int:
        return len(self._bytes)

    def words(self, offset: int) -> NDArray[np.uint64]:
        """Eight bytes of each window."""
        return np.ndarray((len(self),), np.uint64, self._bytes, offset, (self._width,))

    def byte(self, offset: int) -> NDArray[np.uint8]:
        """One byte of each window."""
        return np.ndarray((len(self),), np.uint8, self._bytes, offset, (self._width,))

    def texts(self, offset: int, size: int) -> pa.StringArray:
        """`size` bytes of each window, as text that is not validated."""
        bounds = np.arange(0, size * len(self) + 1, size, dtype=np.int32) if size else np.zeros(len(self) + 1, np.int32)
        content = np.ndarray((len(self),), f"V{size}", self._bytes, offset, (self._width,)).copy() if size else b""
        return pa.StringArray.from_buffers(len(self), pa.py_buffer(bounds), pa.py_buffer(content))

    def differences(self, offset: int, expected: Spelling) -> NDArray[np.uint64]:
        """Zero where what is expected stands in a window."""
        (_, first), *others = expected.words
        found: NDArray[np.uint64] = self.words(offset) ^ first
        for at, word in others:
            found |= self.words(offset + at) ^ word
        if expected.mask is not None:
            found &= expected.mask
        return found


@dataclass(frozen=True)
class Tokens:
    """The values of one slot, a token of each line. They begin at `begins`, which is `offset` in the window.

    `ends` is where they must end, if that is known; None where it must be found out. `is_inner` says that the window
    goes on behind them, if they are as long as they seem to be. `bad` collects, for all slots, the lines that are not
    what they seemed to be.
    """

    slot: Slot
    lines: Lines
    window: Window
    offset: int
    begins: NDArray[np.int64]
    ends: NDArray[np.int64] | None
    is_inner: bool
    bad: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.begins)

    def words(self, at: int = 0) -> NDArray[np.uint64]:
        """Eight bytes of each token, from its byte `at`."""
        return self.window.words(self.offset + at)

    def byte(self, at: int = 0) -> NDArray[np.uint8]:
        """One byte of each token."""
        return self.window.byte(self.offset + at)

    def refuse(self, which: NDArray[np.bool_]) -> None:
        """Mark these lines as bad."""
        np.logical_or(self.bad, which, out=self.bad)

    def nulls(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of these tokens begin with null."""
        found: NDArray[np.bool_] = (self.words() & _FOUR_BYTES) == _NULL
        found &= which
        return found

    def only_nulls(self, which: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
        """Which of these tokens are null; the others are refused. None when there are no nulls."""
        if not which.any():
            return None
        nulls = self.nulls(which)
        self.refuse(which & ~nulls)
        return nulls if nulls.any() else None

    def negative(self) -> NDArray[np.bool_] | None:
        """Which tokens begin with a minus; None when none does."""
        found: NDArray[np.bool_] = self.byte() == _MINUS
        return found if found.any() else None

    def distance(self, byte: int, skip: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bytes between the token's byte `skip` and the next `byte`, and in which lines it is out of the window."""
        found = position_of(byte, self.words(skip))
        left = np.flatnonzero(found == 8)
        for at in range(skip + 8, self.slot.room - 7, 8):
            if not len(left):
                break
            more = position_of(byte, self.words(at)[left])
            found[left] += more
            left = left[more == 8]
        return found, left

    def cut(self, skip: int, lengths: NDArray[np.int64], which: NDArray[np.int64] | None = None) -> pa.StringArray:
        """`lengths` bytes of the tokens, from their byte `skip`, as text that is not validated."""
        lines = self.lines if which is None else self.lines.take(which)
        begins = self.begins if which is None else self.begins[which]
        bounds = np.empty((len(lines), 2), np.int32)
        # Whatever was found in a line that is bad, nothing reaches beyond it.
        bounds[:, 0] = low = np.clip(begins + skip, lines.starts, lines.ends)
        bounds[:, 1] = np.clip(low + lengths, low, lines.ends)
        if not len(begins):
            return pa.array([], pa.string())
        every = pa.StringArray.from_buffers(2 * len(begins) - 1, pa.py_buffer(bounds), pa.py_buffer(self.lines.data))
        return every.take(pa.array(np.arange(0, 2 * len(begins), 2, dtype=np.int32)))


def either(which: NDArray[np.bool_] | None, one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`one` for some tokens and `other` for the rest, or for all of them when `which` is None."""
    return other if which is None else np.where(which, one, other)
