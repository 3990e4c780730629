"""Rejects on the screen: runs in numbers, and rejects one by one, each with its reason, place, value and row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from conduit.cli import format
from conduit.cli.ages import age_text
from conduit.cli.table import Column, display_width, table_lines, total_width
from conduit.cli.terminal import Terminal

if TYPE_CHECKING:
    from conduit.dlq.overview import RunOverview
    from conduit.dlq.samples import RejectSample

_NARROW = 84
_PLACE, _WHY, _VALUE = 30, 38, 24
_ROW_LINES = 3


def overview_lines(
    overviews: Sequence[RunOverview], elsewhere: Mapping[str, str], terminal: Terminal, now: datetime
) -> Iterator[str]:
    """A line for each resource and run, and what is left of all together."""
    if overviews:
        columns = [
            Column("resource"), Column("run"), Column("rejects", right=True), Column("replayed", right=True),
            Column("left", right=True), Column("age"), Column("size", right=True), Column("reasons"),
        ]  # fmt: skip
        rows = [_overview_cells(overview, now) for overview in overviews]
        yield from _table_or_blocks(columns, rows, terminal)
        yield ""
        yield from _wrapped(_sum_of(overviews), terminal)
    elif not elsewhere:
        yield "There are no rejects."
    for resource, place in elsewhere.items():
        yield from _wrapped(f"{format.one_line(resource)}: new rejects go to {place}.", terminal)


def sample_lines(
    overview: RunOverview, samples: Sequence[RejectSample], terminal: Terminal, here: str
) -> Iterator[str]:
    """The rejects of one run as a table; as blocks where it would not fit."""
    run = overview.run
    head = f"{format.one_line(run.resource)} · run {run.run_id} · {format.counted(overview.rows, 'reject')}"
    yield terminal.paint(terminal.spell(head), "bold")
    rows = [_sample_cells(sample, here, terminal.width) for sample in samples]
    if terminal.width >= _NARROW:
        columns = [Column("place"), Column("reason"), Column("value"), Column("row")]
        room = max(terminal.width - total_width(columns[:3], [row[:3] for row in rows]) - 2, 20)
        rows = [[*row[:3], format.one_line(row[3], room * _ROW_LINES)] for row in rows]
        lines = table_lines(columns, rows, paint_heading=lambda text: terminal.paint(text, "dim"), width=terminal.width)
        yield from (terminal.spell(line) for line in lines)
    else:
        for place, why, value, row in rows:
            yield terminal.paint(terminal.spell(place), "accent")
            yield from _wrapped(why, terminal, indent=2)
            if value:
                yield from _wrapped(value, terminal, indent=4)
            yield from _wrapped(format.one_line(row, terminal.width * _ROW_LINES), terminal, indent=4)
    if len(samples) < overview.rows:
        rest = format.counted(overview.rows - len(samples), "more reject")
        for line in _wrapped(f"… {rest}; see them with --limit, or export them.", terminal):
            yield terminal.paint(line, "dim")


def _overview_cells(overview: RunOverview, now: datetime) -> list[str]:
    reasons = ", ".join(f"{format.one_line(reason, 60)} {format.count(count)}" for reason, count in overview.reasons)
    return [
        format.one_line(overview.run.resource),
        overview.run.run_id,
        format.count(overview.rows),
        format.count(overview.replayed),
        format.count(overview.left),
        age_text(overview.at, now),
        format.size(overview.size),
        reasons,
    ]


def _sum_of(overviews: Sequence[RunOverview]) -> str:
    rows, left = sum(one.rows for one in overviews), sum(one.left for one in overviews)
    unparsed = sum(one.unparsed for one in overviews)
    told = f"{format.counted(rows, 'reject')}, {format.count(left)} left to replay"
    if unparsed:
        told += f", of which {format.count(unparsed)} could not be parsed and {'need' if unparsed > 1 else 'needs'}"
        told += " an edited file"
    return f"{told}."


def _sample_cells(sample: RejectSample, here: str, width: int) -> list[str]:
    cut = width >= _NARROW
    why = format.one_line(sample.message, _WHY if cut else 0)
    value = ""
    if sample.column is not None or sample.value is not None:
        text = "NULL" if sample.value is None else format.one_line(sample.value)
        value = f"{sample.column} = {text}" if sample.column else text
    place, room = _place_of(sample, here), _PLACE if cut else width - 2
    if display_width(place) > room:
        place = f"…{place[1 - room :]}"
    mark = "✓ " if sample.replayed else ""
    return [f"{mark}{place}", why, format.one_line(value, _VALUE if cut else 0), _row_text(sample)]


def _place_of(sample: RejectSample, here: str) -> str:
    file = sample.file or sample.partition
    near = format.one_line(file.removeprefix(f"{here.rstrip('/')}/"))
    if sample.line is not None:
        return f"{near}:{sample.line}"
    number = None if sample.position is None else json.loads(sample.position).get("row")
    return near if number is None else f"{near} row {number}"


def _row_text(sample: RejectSample) -> str:
    if sample.row is None:
        return format.one_line(sample.raw or "")
    return ", ".join(f"{name}={_value_text(value)}" for name, value in sample.row.items())


def _value_text(value: object) -> str:
    if value is None:
        return "NULL"
    return format.one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _table_or_blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]], terminal: Terminal) -> Iterator[str]:
    if total_width(columns[:-1], [row[:-1] for row in rows]) + 22 <= terminal.width:
        lines = table_lines(columns, rows, paint_heading=lambda text: terminal.paint(text, "dim"), width=terminal.width)
        yield from (terminal.spell(line) for line in lines)
        return
    label = max(display_width(column.heading) for column in columns[2:])
    for row in rows:
        yield terminal.paint(terminal.spell(f"{row[0]} · run {row[1]}"), "bold")
        for column, cell in zip(columns[2:], row[2:]):
            heading = terminal.paint(column.heading.ljust(label), "dim")
            first, *more = _wrapped(cell, terminal, indent=label + 4) or [""]
            yield f"  {heading}  {first.strip()}"
            yield from more


def _wrapped(text: str, terminal: Terminal, *, indent: int = 0) -> list[str]:
    import textwrap

    blanks = " " * indent
    room = max(terminal.width - indent, 20)
    return [f"{blanks}{line}" for line in textwrap.wrap(terminal.spell(text), room, break_on_hyphens=False)]
