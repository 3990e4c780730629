"""What a job may ask of a destination: a write mode, and changes of the structure, that its spec claims."""

from __future__ import annotations

from conduit.core.spec import Evolves
from conduit.sdk import AddColumn, DestinationError, DestinationSpec, RelaxColumn, WidenColumn, WriteJob

_DONE: dict[type[AddColumn | WidenColumn | RelaxColumn], tuple[Evolves, str]] = {
    AddColumn: ("add", "add columns to what is there"),
    WidenColumn: ("widen", "give a column a wider type"),
    RelaxColumn: ("relax", "let a required column be NULL"),
}


def require_claimed(job: WriteJob, spec: DestinationSpec, place: str) -> None:
    """Raise DestinationError, naming what there is instead, for a mode or a change that the spec does not claim."""
    if job.mode not in spec.modes:
        raise DestinationError(
            f"The destination {spec.name!r} has no write mode {job.mode.value!r}.",
            place=place,
            remedy=f"Use one of: {', '.join(sorted(mode.value for mode in spec.modes))}.",
        )
    for kind, what in (_DONE[type(change)] for change in job.changes):
        if kind not in spec.evolves:
            raise DestinationError(
                f"The destination {spec.name!r} cannot {what}.",
                place=place,
                remedy="Change the structure yourself, or replace what is there with `mode: full_refresh`.",
            )
