"""From a resource's definition to what judges its rows: the checks, and the keys that they compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conduit.config.project import Resource
from conduit.core.destination import Destination
from conduit.core.request import ReadRequest
from conduit.engine.context import RunContext
from conduit.plan.settle import Settled

if TYPE_CHECKING:
    from conduit.quality.checker import Checker
    from conduit.quality.model import AnyRowCheck


def checker_of(
    resource: Resource,
    checks: Sequence[AnyRowCheck],
    settled: Settled,
    destination: Destination[Any],
    place: str,
    context: RunContext,
) -> Checker | None:
    """What judges rows in the shape that they are settled to have; None where nothing is asked of them.

    Raises ConfigError for a column or a value that cannot be.
    """
    if not checks:
        return None
    from conduit.plan.keys import KeyPlaces
    from conduit.quality.checker import Checker

    asked = ReadRequest(partitions=context.workers, notice=settled.request.notice)
    keys = KeyPlaces(destination, place, settled.table, settled.mode, asked, context.stop)
    return Checker(
        checks,
        settled.shape.schema,
        elsewhere=keys.elsewhere,
        spill_directory=context.state_dir / "spill" if context.database else None,
        max_failures=resource.max_failures,
        max_failure_rate=resource.max_failure_rate,
    )
