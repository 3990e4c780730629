"""Cutting a stream of JSON into chunks of whole rows, one row a line, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from conduit.connectors._lib.json_lines import REACH
from conduit.connectors._lib.json_split import split_elements
from conduit.sdk import SourceError

MAX_ROW_BYTES = 16 << 20
KEPT_BYTES = 64 << 10
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows, each a line of `text`. `offset` is the place of its first byte in the content, `end` that of what follows.

    `room` is memory that begins with `text` and goes on for REACH bytes; it is used again once the chunk is done.
    `origin` is the text as it stands in the file, byte for byte as long; None when it is `text` itself. `elements` is
    how many rows an array has here; None where blank lines are no rows. `too_long` says that `text` is the beginning
    of a row which is longer than MAX_ROW_BYTES. `closed` says that the array ends here.
    """

    text: bytes | memoryview
    offset: int
    end: int
    lines: int = -1
    origin: bytes | None = None
    elements: int | None = None
    too_long: bool = False
    closed: bool = False
    room: bytearray | None = None

    @property
    def width(self) -> int:
        """Characters of the origin behind its last newline; 0 for lines, which end in one."""
        return 0 if self.origin is None else len(self.origin[self.origin.rfind(b"\n") + 1 :].decode(errors="replace"))


class Rooms:
    """Memory for chunks, used again and again: to get it from the system costs more than to read a file into it."""

    def __init__(self) -> None:
        self._free: list[bytearray] = []

    def take(self, size: int) -> bytearray:
        """Memory for a chunk of `size` bytes, and REACH more."""
        room = self._free.pop() if self._free else bytearray()
        return room if len(room) >= size + REACH else bytearray(size + REACH)

    def give(self, chunk: Chunk) -> None:
        """Take back what a chunk stood in; nobody may look at it any more."""
        if chunk.room is not None:
            self._free.append(chunk.room)


def line_chunks(stream: IO[bytes], offset: int, size: int, rooms: Rooms | None = None) -> Iterator[Chunk]:
    """The lines of a stream that begins at `offset`, in chunks of about `size` bytes.

    A line longer than MAX_ROW_BYTES is passed over and reported by a chunk of its own.
    """
    rooms = rooms or Rooms()
    size = min(size, MAX_ROW_BYTES)
    rest = b""
    while True:
        room = rooms.take(len(rest) + size)
        held = len(rest)
        room[:held] = rest
        read = _read_into(stream, memoryview(room)[held : held + size])
        if not read:
            break
        cut = room.rfind(b"\n", held, held + read) + 1
        rest = bytes(memoryview(room)[cut : held + read])
        if not cut:
            if len(rest) > MAX_ROW_BYTES:
                long, rest = _skip_line(stream, rest, offset, size)
                yield long
                offset = long.end
            continue
        if cut > MAX_ROW_BYTES and (first := room.index(b"\n") + 1) > MAX_ROW_BYTES:
            yield Chunk(bytes(room[:KEPT_BYTES]), offset, offset + first, 1, too_long=True)
            offset, room, cut = offset + first, room[first:], cut - first
        if cut:
            yield Chunk(memoryview(room)[:cut], offset, offset + cut, room=room)
            offset += cut
    if rest:
        yield Chunk(rest, offset, offset + len(rest))


def _read_into(stream: IO[bytes], room: memoryview) -> int:
    """How many bytes of the stream were put there; 0 at its end."""
    if hasattr(stream, "readinto"):
        return int(stream.readinto(room) or 0)
    piece = stream.read(len(room))
    room[: len(piece)] = piece
    return len(piece)


def element_chunks(stream: IO[bytes], offset: int, line: int, size: int, inside: bool, path: str) -> Iterator[Chunk]:
    """The elements of an array in chunks of about `size` bytes. `inside` says that `offset` is behind the `[`.

    What follows the array comes as a last chunk that is malformed. Raises SourceError when an element never ends.
    """
    rest, ended = b"", False
    begun = inside
    while not ended:
        # An element that goes on and on is looked at again each time: take twice as much of it.
        block = stream.read(max(min(size, MAX_ROW_BYTES), len(rest)))
        ended = not block
        rest += block
        if not inside:
            start = len(rest) - len(rest.lstrip(_BLANK))
            if start == len(rest):
                continue
            line += rest.count(b"\n", 0, start + 1)
            offset, rest, inside = offset + start + 1, rest[start + 1 :], True
        text, used, elements, closed = split_elements(rest)
        if closed and not begun and elements == 1 and not text.strip():
            elements = 0
        if used:
            begun = True
            origin = rest[:used]
            yield Chunk(text, offset, offset + used, origin.count(b"\n"), origin, elements, closed=closed)
            line += origin.count(b"\n")
            offset, rest = offset + used, rest[used:]
        if closed:
            yield from _trailing(stream, rest, offset, size)
            return
        if len(rest) > MAX_ROW_BYTES or ended:
            where = rest.lstrip(_BLANK)
            line += rest.count(b"\n", 0, len(rest) - len(where))
            raise SourceError(
                f"The array's element that begins at byte {offset + len(rest) - len(where):,} is longer than "
                f"{MAX_ROW_BYTES:,} bytes: a bracket or a quote in it is never closed."
                if not ended
                else "The array is never closed: the file ends in the middle of it.",
                place=f"{path}:{line}",
                remedy="Is the file truncated or damaged? Nothing after this place can be told apart.",
            )


def rest_of_file(stream: IO[bytes], offset: int, size: int) -> Iterator[Chunk]:
    """What follows a closed array: nothing, or one malformed chunk."""
    return _trailing(stream, b"", offset, size)


def whole(stream: IO[bytes], path: str) -> Iterator[Chunk]:
    """A file that is one value. Raises SourceError when it is longer than MAX_ROW_BYTES."""
    pieces: list[bytes] = []
    while (held := sum(map(len, pieces))) <= MAX_ROW_BYTES and (piece := stream.read(1 << 20)):
        pieces.append(piece)
    if held > MAX_ROW_BYTES:
        raise SourceError(
            f"The object is longer than {MAX_ROW_BYTES:,} bytes.",
            place=path,
            remedy="Set `format: ndjson` if every line is an object.",
        )
    text = b"".join(pieces)
    if text.strip(_BLANK):
        yield Chunk(text.replace(b"\n", b" "), 0, len(text), text.count(b"\n"), text)


def _skip_line(stream: IO[bytes], rest: bytes, offset: int, size: int) -> tuple[Chunk, bytes]:
    """Pass over a line that has begun; the chunk that reports it, and what follows it."""
    length, kept, after = len(rest), rest[:KEPT_BYTES], b""
    while block := stream.read(size):
        cut = block.find(b"\n") + 1
        length += cut or len(block)
        if cut:
            after = block[cut:]
            break
    return Chunk(kept, offset, offset + length, 1, too_long=True), after


def _trailing(stream: IO[bytes], rest: bytes, offset: int, size: int) -> Iterator[Chunk]:
    lines, begin = 0, b""
    while not begin and (rest or (rest := stream.read(size))):
        begin = rest.lstrip(_BLANK)
        lines += rest.count(b"\n", 0, len(rest) - len(begin))
        offset += len(rest) - len(begin)
        rest = b""
    if begin:
        length = len(begin)
        while block := stream.read(size):
            length += len(block)
            begin += block[: max(KEPT_BYTES - len(begin), 0)]
        yield Chunk(begin[:KEPT_BYTES], offset, offset + length, lines, closed=True)
