"""Where messages begin in the server's stream, found for a whole block at once.

A row of COPY is a message of its own: `d`, four bytes of length, the text of the row. Text has no zero byte, and the
length of a row below 16 MB begins with one: so every `d` before a zero byte may be a beginning, and those that follow
each other by their lengths are.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEADER = 5
_ROW = ord("d")
# What is looked at at once stays in the processor's cache.
_STRETCH = 1 << 18
_BLANK = int.from_bytes(b"    ", "big")


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole rows of COPY text, in `data` from `start` to `stop`. A row begins with `d` and four blanks, no field."""

    data: bytearray
    start: int
    stop: int
    rows: int


@dataclass(frozen=True, slots=True)
class Control:
    """A message that is no row: its type, and what it holds."""

    kind: bytes
    body: bytes


def frames(data: bytearray, start: int, stop: int) -> Generator[Lines | Control, None, int]:
    """The whole messages between `start`, where one begins, and `stop`; returns where the first unfinished one begins.

    The lengths in front of rows are overwritten by blanks, so that what is left is text.
    """
    octets = np.frombuffer(data, np.uint8)
    while stop - start >= HEADER:
        if data[start] != _ROW:
            end = start + 1 + size_of(data, start)
            if end > stop:
                break
            yield Control(bytes(data[start : start + 1]), bytes(data[start + HEADER : end]))
            start = end
            continue
        heads, end = _heads(data, octets, start, stop)
        if not len(heads):
            break
        _lengths(data)[heads + 1] = _BLANK
        yield Lines(data, start, end, len(heads))
        start = end
    return start


def size_of(data: bytearray | bytes, start: int) -> int:
    """The length that the message beginning at `start` tells of itself; its type's byte is not counted."""
    return int.from_bytes(data[start + 1 : start + HEADER], "big")


def _heads(data: bytearray, octets: NDArray[np.uint8], start: int, stop: int) -> tuple[NDArray[np.int64], int]:
    """Where the rows begin that follow each other from `start` on and are whole, and where the last of them ends."""
    last = stop - HEADER + 1
    found = [_before_zeros(octets, place, min(place + _STRETCH, last)) for place in range(start, last, _STRETCH)]
    zeros = np.concatenate(found) if len(found) > 1 else found[0]
    heads = zeros[octets[zeros] == _ROW]
    if not len(heads) or heads[0] != start:
        # A row of 16 MB or more: its length has no zero in front.
        end = start + 1 + size_of(data, start)
        return (np.array([start]), end) if end <= stop else (heads[:0], start)
    # Inside a length, `d` may stand before a zero too, but no message is as short as that.
    heads = heads[np.diff(heads, prepend=start - HEADER) >= HEADER]
    ends = heads + 1 + _lengths(data)[heads + 1]
    follows = ends[:-1] == heads[1:]
    count = len(heads) if follows.all() else int(np.argmin(follows)) + 1
    if ends[count - 1] > stop:
        count -= 1
    return heads[:count], int(ends[count - 1]) if count else start


def _before_zeros(octets: NDArray[np.uint8], start: int, stop: int) -> NDArray[np.int64]:
    """The places from `start` up to `stop` behind which a zero follows."""
    return np.flatnonzero(octets[start + 1 : stop + 1] == 0) + start


def _lengths(data: bytearray) -> NDArray[np.uint32]:
    """The big-endian number in the four bytes at every place."""
    return np.ndarray((len(data) - 3,), ">u4", data, 0, (1,))
