"""The checks of a resource held against the columns that they are about, before there is a row."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.destination import Destination
from conduit.core.request import ReadRequest
from conduit.plan.target import Target

if TYPE_CHECKING:
    from conduit.quality.model import AnyCheck, AnyRowCheck, AnyTableCheck


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """A check by its label, and what a row or a load causes that fails it."""

    label: str
    action: str


def planned_checks(resource: Resource) -> tuple[PlannedCheck, ...]:
    """The checks of a resource, in the order of their declaration."""
    return tuple(PlannedCheck(check.label, check.action) for check in resource.checks)


def require_rows_can_be_judged(
    resource: Resource, schema: pa.Schema, destination: Destination[Any] | None, target: Target
) -> None:
    """Raise ConfigError with every check of rows that cannot be computed on rows of `schema`.

    Checks that compare with keys elsewhere look at the structure there; without a `destination` nothing is looked at,
    and they are passed over.
    """
    checks = [check for check in _of_rows(resource) if destination is not None or not _looks_elsewhere(check)]
    if not checks:
        return
    from conduit.quality.checker import Checker

    elsewhere = None
    if destination is not None:
        from conduit.plan.keys import KeyPlaces

        place, table, mode = target.place, target.table, target.mode
        elsewhere = KeyPlaces(destination, place, table, mode, ReadRequest(), threading.Event()).elsewhere
    with closing(Checker(checks, schema, elsewhere=elsewhere)):
        pass


def require_load_can_be_judged(resource: Resource, schema: pa.Schema) -> None:
    """Raise ConfigError for a check of the whole load, or a profile, that cannot be of rows of `schema`."""
    checks = _of_load(resource)
    if checks:
        from conduit.quality.table_checks import TableChecks

        with closing(TableChecks(checks, schema, started=datetime.now(UTC))):
            pass
    if resource.profile is not None and resource.profile.mask:
        from conduit.quality.profile.profiler import Profiler

        Profiler(schema, resource.profile)


def _of_rows(resource: Resource) -> list[AnyRowCheck]:
    if not resource.checks:
        return []
    from conduit.quality.model import TableCheck

    return [check for check in resource.checks if not isinstance(check, TableCheck)]


def _of_load(resource: Resource) -> list[AnyTableCheck]:
    if not resource.checks:
        return []
    from conduit.quality.model import TableCheck

    return [check for check in resource.checks if isinstance(check, TableCheck)]


def _looks_elsewhere(check: AnyCheck) -> bool:
    from conduit.quality.model import References, Unique

    return isinstance(check, References) or (isinstance(check, Unique) and check.against == "destination")
