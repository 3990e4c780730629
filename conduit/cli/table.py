"""Plain text tables: aligned, no boxes, right under what they say."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

GAP = "  "

Paint = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; numbers stand to the right. The last column of a table may wrap."""

    heading: str
    right: bool = False


def display_width(text: str) -> int:
    """Columns that the text takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, width: int, right: bool = False) -> str:
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """The width that each column needs."""
    return [
        max([display_width(column.heading), *(display_width(row[i]) for row in rows)])
        for i, column in enumerate(columns)
    ]


def total_width(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    return sum(widths(columns, rows)) + len(GAP) * (len(columns) - 1)


def table_lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, paint_heading: Paint = str, width: int = 0
) -> Iterator[str]:
    """Heading and rows as lines. With `width`, the last column wraps so that a line fits it, if there is room."""
    *sizes, last = widths(columns, rows)
    room = width - sum(sizes) - len(GAP) * len(sizes)
    if width and room >= 20:
        last = min(last, room)
    sizes.append(last)
    yield paint_heading(_line([column.heading for column in columns], columns, sizes))
    for row in rows:
        wrapped = textwrap.wrap(row[-1], last, break_on_hyphens=False) if display_width(row[-1]) > last else [row[-1]]
        yield _line([*row[:-1], wrapped[0]], columns, sizes)
        for continued in wrapped[1:]:
            yield _line([*([""] * (len(columns) - 1)), continued], columns, sizes)


def _line(cells: Sequence[str], columns: Sequence[Column], sizes: Sequence[int]) -> str:
    placed = (pad(cell, size, column.right) for cell, column, size in zip(cells, columns, sizes))
    return GAP.join(placed).rstrip()
