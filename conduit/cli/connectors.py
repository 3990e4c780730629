"""Connectors described as data, from their specs and options models alone: nothing here is written down twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from conduit.cli.options import OptionDescription, describe_options
from conduit.errors import MissingExtra, UnknownName
from conduit.registry import ALIASES, destination_class, destination_names, source_class, source_names

if TYPE_CHECKING:
    from conduit.core.destination import Destination
    from conduit.core.source import Source


@dataclass(frozen=True, slots=True)
class Side:
    """A connector as a source or as a destination: its claims by name, and its options."""

    summary: str
    claims: dict[str, Any]
    options: tuple[OptionDescription, ...]


@dataclass(frozen=True, slots=True)
class ConnectorDescription:
    """Both sides of a connector; a side that it lacks is None. `missing` says what has to be installed first."""

    name: str
    aliases: tuple[str, ...]
    source: Side | None
    destination: Side | None
    missing: str = ""

    @property
    def summary(self) -> str:
        sides = (self.source, self.destination)
        return next((side.summary for side in sides if side is not None), self.missing)

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return asdict(self)


def all_connectors() -> list[ConnectorDescription]:
    """Every connector that is built in or plugged in, by name."""
    return [describe_connector(name) for name in sorted({*source_names(), *destination_names()})]


def describe_connector(name: str) -> ConnectorDescription:
    """The connector of that name or alias. Raises UnknownName with the nearest one."""
    known = {*source_names(), *destination_names()}
    canonical = ALIASES.get(name, name)
    if canonical not in known:
        raise UnknownName.among("connector", name, known)
    missing: list[str] = []
    source = _found(source_class, canonical, missing) if canonical in source_names() else None
    destination = _found(destination_class, canonical, missing) if canonical in destination_names() else None
    specs = [side.spec for side in (source, destination) if side is not None]
    aliases = {alias for alias, target in ALIASES.items() if target == canonical}
    return ConnectorDescription(
        canonical,
        tuple(sorted(aliases.union(*(spec.aliases for spec in specs)))),
        source=_source_side(source) if source else None,
        destination=_destination_side(destination) if destination else None,
        missing=missing[0] if missing else "",
    )


def _found(load: Callable[[str], Any], name: str, missing: list[str]) -> Any:
    try:
        return load(name)
    except UnknownName:  # the connector has no such side
        return None
    except MissingExtra as absent:
        missing.append(absent.remedy)
        return None


def _source_side(source: type[Source[Any]]) -> Side:
    spec = source.spec
    claims: dict[str, Any] = {"resume": spec.resume, "absorbs": sorted(spec.absorbs), "extra": spec.extra}
    return Side(spec.summary, claims, describe_options(source.options_model))


def _destination_side(destination: type[Destination[Any]]) -> Side:
    spec = destination.spec
    claims: dict[str, Any] = {
        "modes": sorted(mode.value for mode in spec.modes),
        "commit": spec.commit.value,
        "remembers": spec.remembers,
        "extra": spec.extra,
    }
    return Side(spec.summary, claims, describe_options(destination.options_model))
