"""Where reading can begin in a JSON file to see its head, its middle and its tail."""

from __future__ import annotations

from conduit.connectors._lib.file_storage import Storage
from conduit.connectors._lib.file_streams import can_seek, open_stream
from conduit.connectors._lib.json_content import Format, read_some, reading
from conduit.sdk import SAMPLE_BYTES, Part, Position

CHUNK_BYTES = 256 << 10

_LOOK = 64 << 10
_LONGEST_LINE = 8 << 20


def starts_of(storage: Storage, path: str, size: int, form: Format, rows: int) -> list[tuple[Part, Position | None]]:
    """Places from each of which a third of `rows` is read: the beginning, the middle, and one near the end.

    Only the beginning where the file is small, no file of lines, or reached from its beginning alone.
    """
    beginning: list[tuple[Part, Position | None]] = [("head", None)]
    if form != "ndjson" or not can_seek(storage, path):
        return beginning
    with reading(path), open_stream(storage, path) as stream:
        head = read_some(stream, _LOOK)
    width = len(head) // max(head.count(b"\n"), 1) + 1
    piece = min(max(-(-rows // 3) * width * 5 // 4, CHUNK_BYTES), SAMPLE_BYTES)
    # Zero bytes: the characters of UTF-16, whose halves cannot be told apart from the inside.
    if size <= 3 * piece or b"\0" in head:
        return beginning
    later: list[tuple[Part, int]] = [("middle", (size - piece) // 2), ("tail", size - piece)]
    found = ((part, _behind_a_newline(storage, path, offset)) for part, offset in later)
    return beginning + [(part, position) for part, position in found if position is not None]


def _behind_a_newline(storage: Storage, path: str, offset: int) -> Position | None:
    """None where the line that is there does not end soon. The number of its line is not known, and said to be 1."""
    with reading(path), open_stream(storage, path, offset) as stream:
        seen = 0
        while seen < _LONGEST_LINE and (piece := stream.read(_LOOK)):
            if (found := piece.find(b"\n")) >= 0:
                return Position({"offset": offset + seen + found + 1, "line": 1, "column": 0, "closed": False})
            seen += len(piece)
    return None
