"""How a pipeline looks in a notebook: a few rows, few columns, short values; never more than that is read."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from conduit.core.types import type_name
from conduit.errors import ConduitError
from conduit.quality.model import TableCheck

if TYPE_CHECKING:
    from conduit.pipeline import Pipeline

ROWS, COLUMNS, LENGTH = 10, 20, 60


def html_preview(pipeline: Pipeline) -> str:
    """The first rows as an HTML table with names and types; what is wrong with the pipeline, when it cannot be read."""
    try:
        table = _first_rows(pipeline).to_arrow()
    except ConduitError as failed:
        return f"<pre>{escape(str(failed))}</pre>"
    shown = table.schema.names[:COLUMNS]
    more = len(table.schema) - len(shown)
    heads = "".join(
        f"<th>{escape(name)}<br><small>{escape(type_name(table.schema.field(name).type))}</small></th>"
        for name in shown
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in shown) + "</tr>"
        for row in table.select(shown).to_pylist()
    )
    note = f"first {table.num_rows} rows of {escape(repr(pipeline))}" + (f", {more} more columns" if more else "")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><small>{note}</small>"


def _first_rows(pipeline: Pipeline) -> Pipeline:
    """Checks of the whole load would judge these few rows."""
    checks = tuple(check for check in pipeline.checks if not isinstance(check, TableCheck))
    return replace(pipeline.limit(ROWS), checks=checks)


def _cell(value: object) -> str:
    if value is None:
        return "<em>null</em>"
    text = str(value)
    return escape(text if len(text) <= LENGTH else text[: LENGTH - 1] + "…")
