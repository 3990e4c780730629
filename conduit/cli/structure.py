"""What became of structure and values on the way, as sentences for the summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conduit.cli import format

if TYPE_CHECKING:
    from conduit.engine.report import ResourceReport


def structure_told(resource: ResourceReport) -> Iterator[str]:
    """The drift since the last load, what the destination was changed by, what was left out, what became NULL."""
    by = {drifted.against: drifted for drifted in resource.drifts}
    # A table may always have more than the data, a default of its own say: that is told where it had to change.
    shown = by.get("last") or next((drifted for drifted in resource.drifts if drifted.ddl), None)
    if shown is not None:
        yield f"schema: {format.one_line(shown.summary, 300)}"
    for column in resource.left_out:
        yield f"{format.counted(column.count, 'row')} had a value in the column {column.column!r}, which is left out."
    for nulled in resource.nulled:
        yield (
            f"{format.counted(nulled.count, 'value')} of the column {nulled.column!r} became NULL; "
            f"the first: {format.one_line(nulled.first, 300)}"
        )
