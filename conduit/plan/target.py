"""Where a resource writes, and how: what it says, or what its destination takes for granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conduit.config.project import Resource
from conduit.core.destination import Destination
from conduit.core.spec import WriteMode
from conduit.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Target:
    """The write mode, the table, and `place`: the same for a person."""

    mode: WriteMode
    table: str
    place: str


def target_of(resource: Resource, destination: Destination[Any]) -> Target:
    """The target of a resource; nothing is looked at."""
    table = resource.table or destination.table(resource.name)
    return Target(resource.mode or destination.default_mode(), table, destination.place(table))


def require_mode(resource: Resource, destination: Destination[Any], mode: WriteMode) -> None:
    """Raise ConfigError for a write mode that the destination does not have."""
    if mode not in destination.spec.modes:
        known = ", ".join(sorted(mode.value for mode in destination.spec.modes))
        raise ConfigError(
            f"The destination {destination.spec.name!r} has no mode {mode.value!r}.",
            place=f"resource {resource.name!r}",
            remedy=f"It has: {known}.",
        )
