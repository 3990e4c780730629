"""The result of a run on one screen: the books of each resource, where its data is, and what did not go well.

It is drawn by hand rather than with rich, which would cost a small run a fifth of its time.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conduit.cli import format
from conduit.cli.failure import failure_lines
from conduit.cli.structure import structure_told
from conduit.cli.table import Column, display_width, pad, table_lines, total_width
from conduit.cli.terminal import Terminal
from conduit.core.accounting import Accounting

if TYPE_CHECKING:
    from conduit.engine.report import ResourceReport, RunReport

_MARKS = {"ok": ("✓", "good"), "recovered": ("✓", "good"), "skipped": ("○", "dim"), "failed": ("✗", "bad"),
          "quality": ("✗", "bad")}  # fmt: skip
_HEADINGS = ("read", "written", "rejected", "filtered", "deduplicated")
_SAMPLES = 3
_LANDED = ("ok", "recovered")


def summary_lines(report: RunReport, terminal: Terminal, here: str = "") -> Iterator[str]:
    """The whole summary, styled for `terminal`, its verdict last: nearest to where the eye is.

    Places below the folder `here` are shown relative to it.
    """
    sections = (
        _accounts(report, terminal),
        _books(report, terminal),
        _data(report, terminal, here),
        _notices(report, terminal),
        _rejects(report, terminal, here),
        _checks(report, terminal),
        _errors(report, terminal),
    )
    yield ""
    for section in sections:
        lines = list(section)
        if lines:
            yield from (terminal.spell(line) for line in lines)
            yield ""
    yield terminal.spell(_verdict(report, terminal))


def _accounts(report: RunReport, terminal: Terminal) -> Iterator[str]:
    """Accounting per resource; columns of zeros go first when the terminal is narrow, then the table itself."""
    resources = report.resources
    if not resources:
        yield "  No resource ran."
        return
    rows = [_cells(r.name, r.status, r.accounting, r.duration_seconds) for r in resources]
    if len(rows) > 1:
        total = sum((r.accounting for r in resources), Accounting())
        rows.append(_cells("total", "", total, report.duration_seconds))
    columns = [Column("resource"), Column("status"), *(Column(h, right=True) for h in (*_HEADINGS, "time", "rows/s"))]
    if report.dry_run:
        columns[3] = Column("to write", right=True)
    if all(r.status == "ok" for r in resources):
        columns, rows = _without(columns, rows, 1)
    while total_width(columns, rows) + 2 > terminal.width and (empty := _empty_column(columns, rows)) is not None:
        columns, rows = _without(columns, rows, empty)
    marks = [_mark(r.status, terminal) for r in resources]
    if total_width(columns, rows) + 2 > terminal.width:
        yield from _stacked(columns, rows, [*marks, " "], terminal)
        return
    heading, *lines = table_lines(columns, rows, paint_heading=lambda text: terminal.paint(text, "dim"))
    yield f"  {heading}"
    yield from (f"{mark} {line}" for mark, line in zip(marks, lines))
    if len(lines) > len(marks):
        yield terminal.paint("  " + "─" * total_width(columns, rows), "dim")
        yield f"  {terminal.paint(lines[-1], 'bold')}"


def _cells(name: str, status: str, books: Accounting, seconds: float) -> list[str]:
    numbers = (books.read, books.written, books.rejected, books.filtered, books.deduplicated)
    pace = format.rate(books.read, seconds)
    return [format.one_line(name), status, *map(format.count, numbers), format.duration(seconds), pace]


def _without(columns: Sequence[Column], rows: Sequence[list[str]], i: int) -> tuple[list[Column], list[list[str]]]:
    return [*columns[:i], *columns[i + 1 :]], [[*row[:i], *row[i + 1 :]] for row in rows]


def _empty_column(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int | None:
    """The widest-named column of the books in which every row has 0."""
    return next(
        (
            i
            for i in reversed(range(len(columns)))
            if columns[i].heading in _HEADINGS[2:] and all(row[i] == "0" for row in rows)
        ),
        None,
    )


def _stacked(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], marks: Sequence[str], terminal: Terminal
) -> Iterator[str]:
    """One block per resource, for terminals too narrow for the table."""
    label = max(display_width(column.heading) for column in columns[1:])
    number = max(display_width(cell) for row in rows for cell in row[1:])
    for mark, row in zip(marks, rows):
        yield f"{mark} {terminal.paint(row[0], 'bold')}"
        for column, cell in zip(columns[1:], row[1:]):
            if cell:
                yield f"    {terminal.paint(pad(column.heading, label), 'dim')}  {pad(cell, number, right=True)}"


def _books(report: RunReport, terminal: Terminal) -> Iterator[str]:
    """The equation of the run, and who is behind a residue."""
    landed = [r for r in report.resources if r.status in _LANDED or (r.accounting.read and not r.accounting.residue)]
    if landed:
        yield from _equation(sum((r.accounting for r in landed), Accounting()), report.dry_run, terminal)
    for resource in report.resources:
        if resource not in landed and resource.accounting.residue:
            rows = format.counted(resource.accounting.residue, "row")
            yield from _wrapped(f"{rows} that {resource.name} had read were not committed.", terminal)


def _equation(books: Accounting, dry_run: bool, terminal: Terminal) -> Iterator[str]:
    names = ("to write" if dry_run else "written", *_HEADINGS[2:])
    numbers = (books.written, books.rejected, books.filtered, books.deduplicated)
    equation = " + ".join(f"{format.count(number)} {name}" for name, number in zip(names, numbers))
    text = f"{format.count(books.read)} read = {equation}"
    if books.residue:
        text += f" leaves {format.counted(books.residue, 'row')} unaccounted for."
        yield from _wrapped(text, terminal, first=f"{_mark('failed', terminal)} ")
    else:
        yield from _wrapped(f"{text}: the books balance.", terminal, first=f"{_mark('ok', terminal)} ")


def _data(report: RunReport, terminal: Terminal, here: str) -> Iterator[str]:
    landed = [r for r in report.resources if r.status in _LANDED]
    if report.dry_run or not landed:
        return
    yield _title("Data", terminal)
    name_width = max(display_width(format.one_line(r.name)) for r in landed)
    for resource in landed:
        parts = len(resource.parts)
        told = terminal.paint(f"  {format.counted(parts, 'part')}" if parts > 1 else "", "dim")
        place = terminal.paint(_near(resource.destination, here), "accent")
        yield f"    {pad(format.one_line(resource.name), name_width)}  {place}{told}"


def _notices(report: RunReport, terminal: Terminal) -> Iterator[str]:
    told = [*report.notices]
    for resource in report.resources:
        told += [f"{resource.name}: {notice}" for notice in (*structure_told(resource), *resource.notices)]
    if told:
        yield _title("Noticed", terminal)
    for notice in told:
        yield from _wrapped(notice, terminal, indent=4)


def _rejects(report: RunReport, terminal: Terminal, here: str) -> Iterator[str]:
    rejecting = [r for r in report.resources if r.rejects]
    if rejecting:
        yield _title("Rejected", terminal)
    for resource in rejecting:
        widest = max(display_width(format.count(reject.count)) for reject in resource.rejects)
        yield f"    {format.one_line(resource.name)}"
        for reject in resource.rejects:
            count = terminal.paint(pad(format.count(reject.count), widest, right=True), "warn")
            yield f"      {count}  {terminal.paint(format.one_line(reject.code), 'bold')}"
            yield from _wrapped(
                f"first: {format.one_line(_near(reject.first, here), 300)}", terminal, indent=8 + widest
            )
        yield _kept(resource, report, terminal, here)


def _kept(resource: ResourceReport, report: RunReport, terminal: Terminal, here: str) -> str:
    if resource.dlq:
        return f"      → kept in {terminal.paint(_near(resource.dlq, here), 'accent')}"
    return f"      → not kept: {'this was a dry run' if report.dry_run else 'nothing was committed'}"


def _checks(report: RunReport, terminal: Terminal) -> Iterator[str]:
    failed = [(r, check) for r in report.resources for check in r.checks if check.failed]
    if failed:
        yield _title("Failed checks", terminal)
    for resource, check in failed:
        style = "bad" if check.action == "fail" else "warn"
        head = f"    {format.one_line(resource.name)}  {terminal.paint(format.one_line(check.label), 'bold')}  "
        if check.observed:
            yield f"{head}{terminal.paint(format.one_line(check.observed), style)}, action {check.action}"
            continue
        yield (
            f"{head}{terminal.paint(format.count(check.failed), style)} of {format.counted(check.evaluated, 'row')}"
            f" ({_share(check.rate)}), action {check.action}"
        )
        if check.samples:
            samples = ", ".join(format.one_line(sample, 40) for sample in list(dict.fromkeys(check.samples))[:_SAMPLES])
            yield from _wrapped(f"such as {samples}", terminal, indent=6)


def _errors(report: RunReport, terminal: Terminal) -> Iterator[str]:
    for resource in report.resources:
        if resource.error is not None:
            yield from failure_lines(resource.error, terminal, label=format.one_line(resource.name))


def _verdict(report: RunReport, terminal: Terminal) -> str:
    """The last line: how it ended, for how many resources, and the run's name for later questions."""
    style = {"ok": "good", "failed": "bad", "quality": "bad"}.get(report.status, "warn")
    told = {
        "ok": "Done",
        "failed": "Failed",
        "partial": "Some resources failed",
        "locked": "Locked",
        "cancelled": "Cancelled",
        "quality": "Stopped by the quality gate",
    }.get(report.status, report.status)
    if report.dry_run:
        told += " (dry run: nothing was written)"
    landed = sum(r.status in _LANDED for r in report.resources)
    total = format.counted(len(report.resources), "resource")
    share = total if landed == len(report.resources) else f"{landed} of {total} loaded"
    head = terminal.paint(f"{_MARKS.get(report.status, ('!', ''))[0]} {told}", style)
    tail = terminal.paint(f" · run {report.run_id}", "dim")
    return f"{head}: {share} in {format.duration(report.duration_seconds)}{tail}"


def _near(place: str, here: str) -> str:
    return format.one_line(place.removeprefix(f"{here.rstrip('/')}/") or "./") if here else format.one_line(place)


def _mark(status: str, terminal: Terminal) -> str:
    symbol, style = _MARKS.get(status, ("!", "warn"))
    return terminal.paint(symbol, style)


def _title(text: str, terminal: Terminal) -> str:
    return f"  {terminal.paint(text, 'bold')}"


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "<0.1%"


def _wrapped(text: str, terminal: Terminal, *, first: str = "", indent: int = 2) -> Iterator[str]:
    blanks = " " * indent
    room = max(terminal.width - indent, 20)
    lines = textwrap.wrap(format.printable(text), room, break_long_words=False, break_on_hyphens=False) or [""]
    for i, line in enumerate(lines):
        yield f"{first if first and i == 0 else blanks}{line}"
