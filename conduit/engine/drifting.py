"""Telling how the structure of a load differs from the last one's, and from what is there."""

from __future__ import annotations

from collections.abc import Iterator

from conduit.core.events import SchemaDrifted
from conduit.schema.reconcile import Reconciled


def drift_events(resource: str, reconciled: Reconciled, ddl: tuple[str, ...]) -> Iterator[SchemaDrifted]:
    """An event for each of the two that differs; none where all is as it was."""
    for against, drift in (("last", reconciled.drift), ("destination", reconciled.against_destination)):
        if drift:
            yield SchemaDrifted(
                resource=resource, against=against, drift=drift.as_dict(), summary=drift.one_line(), ddl=ddl
            )
