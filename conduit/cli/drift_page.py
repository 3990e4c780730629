"""A comparison of two structures as a diff that a person reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conduit.cli import format
from conduit.cli.plan_page import problem_lines
from conduit.cli.table import GAP, display_width, pad
from conduit.cli.terminal import Terminal

if TYPE_CHECKING:
    import pyarrow as pa

    from conduit.plan.compare import Comparison
    from conduit.schema.drift import ColumnDrift

_STYLES = {"+": "good", "-": "bad", "~": "warn", " ": "dim"}
_WORDS = {"nullable": "may be NULL now", "required": "may not be NULL any more", "moved": "stands elsewhere"}
_MOST_UNCHANGED = 60


def comparison_lines(found: Comparison, terminal: Terminal) -> Iterator[str]:
    """One line per column, in the order of today; what became of it at its end; then what the next load would do."""
    name = terminal.paint(format.one_line(found.resource), "bold")
    yield terminal.spell(f"{name}  {format.one_line(found.against)} → its source now")
    yield ""
    yield from (terminal.spell(line) for line in _columns(found, terminal))
    for rename in found.drift.renames:
        told = f"{format.one_line(rename.old)} → {format.one_line(rename.new)}"
        yield terminal.spell(f"  {terminal.paint('?', 'accent')} {told}  may be renamed, {rename.likeness:.0%} alike")
    if found.statements:
        yield ""
        yield "  A person has to do first:" if found.by_hand else "  The next load would do:"
        yield from (f"    {terminal.paint(format.one_line(text), 'accent')}" for text in found.statements)
    for problem in found.problems:
        yield ""
        yield from problem_lines(problem, terminal, indent="  ")
    yield ""
    yield terminal.spell(_verdict(found, terminal))


def _columns(found: Comparison, terminal: Terminal) -> Iterator[str]:
    rows = list(_rows(found))
    widths = [max((display_width(row[place]) for row in rows), default=0) for place in (1, 2)]
    unchanged = 0
    for sign, name, kind, remark in rows:
        if sign == " ":
            unchanged += 1
            if unchanged > _MOST_UNCHANGED:
                continue
        line = GAP.join((pad(name, widths[0]), pad(kind, widths[1]), remark)).rstrip()
        yield f"  {terminal.paint(f'{sign} {line}', _STYLES[sign])}"
    if unchanged > _MOST_UNCHANGED:
        yield terminal.paint(f"    … {unchanged - _MOST_UNCHANGED:,} more that are as they were", "dim")


def _rows(found: Comparison) -> Iterator[tuple[str, str, str, str]]:
    """Sign, name, type or types, and remark: what is there today, and behind it what is gone."""
    by_name: dict[str, list[ColumnDrift]] = {}
    for column in found.drift.columns:
        by_name.setdefault(column.name, []).append(column)
    for field in found.new:
        entries = [entry for entry in by_name.get(field.name, []) if entry.kind != "removed"]
        name = format.one_line(field.name)
        if not entries:
            yield " ", name, _type(field), ""
        elif entries[0].old is None:
            yield "+", name, _type(field), "added"
        else:
            yield "~", name, _change(entries[0]), ", ".join(_WORDS.get(entry.kind, entry.kind) for entry in entries)
    for entry in found.drift.columns:
        if entry.kind == "removed" and entry.old is not None:
            yield "-", format.one_line(entry.name), _type(entry.old), "removed"


def _change(entry: ColumnDrift) -> str:
    assert entry.old is not None, "only an added column has no old field"
    assert entry.new is not None, "only a removed column has no new field"
    old, new = _type(entry.old), _type(entry.new)
    return old if old == new else f"{old} → {new}"


def _type(field: pa.Field) -> str:
    from conduit.core.types import type_name

    return type_name(field.type) + ("" if field.nullable else " not null")


def _verdict(found: Comparison, terminal: Terminal) -> str:
    if found.old is None:
        return f"{terminal.paint('○', 'dim')} There is nothing to compare with."
    if found.drift:
        return f"{terminal.paint('!', 'warn')} {format.one_line(found.drift.one_line())}"
    return f"{terminal.paint('✓', 'good')} No drift: {format.counted(len(found.new), 'column')} as they were."
