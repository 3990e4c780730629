"""An inferred schema on a terminal: a line per column, what speaks against its type, and what to paste."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conduit.cli.format import count, counted, one_line
from conduit.cli.schema_formats import column_line
from conduit.cli.table import Column, table_lines
from conduit.core.types import type_name

if TYPE_CHECKING:
    from conduit.cli.terminal import Terminal
    from conduit.config.project import Resource
    from conduit.schema.infer import Inference, InferredColumn

_LONGEST_EXAMPLE, _LONGEST_NAME, _LONGEST_END = 24, 40, 26


def page_lines(inference: Inference, resource: Resource, terminal: Terminal) -> Iterator[str]:
    """The whole page."""
    yield f"{terminal.paint(one_line(inference.resource), 'bold')}  {_looked_at(inference)}"
    yield from (terminal.paint(one_line(notice), "dim") for notice in inference.notices)
    if inference.unreadable:
        rejects = counted(inference.unreadable, "row")
        yield terminal.paint(f"{rejects} could not be read: {one_line(inference.reason)}", "warn")
    yield ""
    columns = [Column("column"), Column("type"), Column("null", True), Column("distinct", True), Column("evidence")]
    rows = [_row(column) for column in inference.columns]
    lines = table_lines(columns, rows, paint_heading=lambda text: terminal.paint(text, "dim"), width=terminal.width)
    yield from map(terminal.spell, lines)
    yield from map(terminal.spell, _to_paste(inference, resource, terminal))


def _looked_at(inference: Inference) -> str:
    if not inference.rows:
        return "no row was looked at"
    *others, last = inference.parts
    where = f"{', '.join(others)} and {last}" if others else last
    files = f" of {inference.files} files" if inference.files > 1 else ""
    return f"{counted(inference.rows, 'row')} from the {where}{files}"


def _row(column: InferredColumn) -> list[str]:
    seen = column.evidence
    name = column.name if column.name == column.source_name else f"{column.name} (from {column.source_name})"
    kind = type_name(column.type) + ("" if column.nullable else " not null")
    share = "-" if not seen.rows else "0" if not seen.nulls else _percent(seen.null_share)
    distinct = "-" if seen.distinct is None or not seen.rows else count(seen.distinct)
    return [one_line(name, _LONGEST_NAME), one_line(kind), share, distinct, _evidence(column)]


def _percent(share: float) -> str:
    return "<0.1 %" if share < 0.001 else ">99.9 %" if 0.999 < share < 1 else f"{share * 100:.3g} %"


def _evidence(column: InferredColumn) -> str:
    seen = column.evidence
    parts = []
    if column.declared:
        parts.append("declared")
    if column.misfits:
        rejects = "1 row would be a reject" if column.misfits == 1 else f"{count(column.misfits)} rows would be rejects"
        parts.append(f"{rejects}: {one_line(str(column.misfit))}")
    elif column.forced_by is not None:
        why = f", which {column.reason}" if column.reason else ""
        parts.append(f"{type_name(column.best)} because of {one_line(str(column.forced_by))}{why}")
    if column.suggested is not None:
        parts.append(f"the sample suggests {type_name(column.suggested)}")
    if column.meaning:
        parts.append(f"each is {column.meaning}")
    parts += column.hints
    if seen.low is not None and seen.high is not None and not _is_text(column):
        parts.append(f"{one_line(seen.low, _LONGEST_END)} to {one_line(seen.high, _LONGEST_END)}")
    elif seen.examples:
        parts.append(" · ".join(one_line(example, _LONGEST_EXAMPLE) for example in seen.examples))
    return "; ".join(parts)


def _is_text(column: InferredColumn) -> bool:
    return type_name(column.type) in ("string", "large_string")


def _to_paste(inference: Inference, resource: Resource, terminal: Terminal) -> Iterator[str]:
    from conduit.engine.sampling import takes_columns

    by_source = takes_columns(resource)
    suggested = [
        column for column in inference.columns if column.suggested is not None and not (by_source and column.outside)
    ]
    if not suggested:
        return
    owner = f"source {resource.source.name}" if by_source else f"resource {resource.name}"
    yield ""
    yield f"To take what the sample suggests, in the {one_line(owner)}:"
    yield terminal.paint("    columns:" if by_source else "    cast:", "accent")
    for column in suggested:
        yield terminal.paint(f"      {column_line(column, by_source=by_source)}", "accent")
