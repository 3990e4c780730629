"""Text rows from the head, the middle and the tail of a CSV file, from pieces that begin and end at records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from conduit.connectors._lib.csv_content import record_end
from conduit.connectors._lib.csv_layout import CsvFacts
from conduit.connectors._lib.csv_types import as_text
from conduit.sdk import SAMPLE_BYTES, Part, Sample

_LOOK = 64 << 10
# A character takes up to three bytes of UTF-8 for one in its file.
_GROWTH = 3
# How many good rows one odd row outweighs when it is asked where records begin.
_ODD = 100


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a file: `open_content` gives the content from `offset` on, `length` bytes of which are read.

    `inside`: it does not begin where a record begins, as far as one can know.
    """

    part: Part
    open_content: Callable[[int], IO[bytes]]
    offset: int
    length: int
    inside: bool = False


def sample_rows(
    windows: Sequence[Window], facts: CsvFacts, wanted: Sequence[str], nulls: Sequence[str], rows: int, path: str
) -> Iterator[Sample]:
    """Up to `rows` rows of the windows together, all text; rows with another number of fields are only counted."""
    share = -(-rows // max(len(windows), 1))
    for window in windows:
        try:
            content = _read(window)
        except UnicodeDecodeError:
            # It began amid a character, in an encoding where one cannot tell.
            continue
        found = _rows(content, facts, nulls, inside=window.inside, ended=len(content) < window.length)
        if found is not None:
            table, skipped = found
            # The first row of a piece from the inside may be the end of a value that has line breaks and delimiters.
            begin = max(table.num_rows - share, 1) if window.part == "tail" else int(window.inside)
            reason = "a row has another number of fields than the others" if skipped else ""
            for batch in table.select(list(wanted)).slice(begin, share).combine_chunks().to_batches() or [
                _none(wanted)
            ]:
                yield Sample(window.part, batch, path, skipped, reason)


def windows_of(
    open_content: Callable[[int], IO[bytes]],
    open_raw: Callable[[int], IO[bytes]] | None,
    begin: int,
    size: int,
    rows: int,
) -> list[Window]:
    """Where to look for `rows` rows: all of a small file, else its head, middle and tail, as large as that needs.

    The records begin at `begin` of the content. `open_raw` opens it at a byte of the file, of `size` bytes; None: only
    by reading all that comes before, so that only the head is looked at.
    """
    piece = _piece_bytes(_read(Window("head", open_content, begin, _LOOK)), -(-rows // 3))
    head = Window("head", open_content, begin, piece)
    if open_raw is None:
        return [Window("head", open_content, begin, min(3 * piece, SAMPLE_BYTES))]
    if size - begin <= 3 * piece:
        return [Window("head", open_content, begin, _GROWTH * size + 1)]
    # Even offsets, by four: characters of UTF-16 and UTF-32 begin there.
    middle, tail = (at - at % 4 for at in (begin + (size - begin - piece) // 2, size - piece))
    return [
        head,
        Window("middle", open_raw, middle, piece, inside=True),
        Window("tail", open_raw, tail, _GROWTH * (piece + 4) + 1, inside=True),
    ]


def _piece_bytes(head: bytes, rows: int) -> int:
    """How many bytes so many rows take, about."""
    width = len(head) // max(head.count(b"\n"), 1) + 1
    return min(max(rows * width * 5 // 4, _LOOK), SAMPLE_BYTES)


def _read(window: Window) -> bytes:
    left, pieces = window.length, []
    with window.open_content(window.offset) as stream:
        while left > 0 and (piece := stream.read(left)):
            pieces.append(piece)
            left -= len(piece)
    content = b"".join(pieces)
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def _rows(
    content: bytes, facts: CsvFacts, nulls: Sequence[str], *, inside: bool, ended: bool
) -> tuple[pa.Table, int] | None:
    """The rows of a piece and how many had another number of fields; None when it holds no whole record.

    A piece from the inside of a file may begin within quotes. It is read from each place where a record may begin, and
    the one counts that gives the most rows and the fewest odd ones.
    """
    quote = facts.dialect.quote if facts.quoted_newlines else None
    mark = quote.encode() if quote else None
    best: tuple[pa.Table, int] | None = None
    most = 0
    for start in _starts(content, mark) if inside else [0]:
        text = content[start:]
        text = text if ended else text[: record_end(bytearray(text), mark)]
        skipped: list[int] = []
        table = as_text(text, facts.schema.names, facts.dialect, nulls, skipped=skipped) if text else None
        good = 0 if table is None else table.num_rows - _ODD * len(skipped)
        if table is not None and (best is None or good > most):
            best, most = (table, len(skipped)), good
    return best


def _starts(content: bytes, mark: bytes | None) -> list[int]:
    """Where a record may begin: behind the first newline, or the first one behind a quote or two."""
    starts = [content.find(b"\n") + 1]
    quoted = -1
    for _ in range(2 if mark is not None else 0):
        quoted = content.find(mark or b"", quoted + 1)
        if quoted >= 0:
            starts.append(content.find(b"\n", quoted) + 1)
    return [start for start in dict.fromkeys(starts) if start]


def _none(names: Sequence[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, pa.string()) for _ in names], names=list(names))
