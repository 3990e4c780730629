"""Connectors by name: list them without importing them, load one, take third parties' through entry points."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from conduit.errors import MissingExtra, UnknownName

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from conduit.core.destination import Destination
    from conduit.core.source import Source

ALIASES = {"postgres": "postgresql", "dummy_source": "dummysource", "dummy_destination": "dummydestination"}
EXTENSIONS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet", ".pq": "parquet", ".duckdb": "duckdb", ".ddb": "duckdb", ".db": "sqlite",
    ".sqlite": "sqlite", ".sqlite3": "sqlite",
}  # fmt: skip
# Where the extra that brings a connector's driver is not called as the connector is.
_EXTRAS = {"postgresql": "postgres"}
_NO_SOURCE = frozenset({"dummydestination"})
_NO_DESTINATION = frozenset({"arrow", "dummysource", "generate"})
# Connectors whose connections are URLs of their own.
SCHEMES = {"postgresql": "postgresql", "postgres": "postgresql"}
COMPRESSIONS = (".gz", ".zst", ".bz2", ".xz")


def source_names() -> list[str]:
    """Names of everything that can be read, sorted; imports no connector."""
    return sorted({*_built_in()["sources"], *_plugged("sources")})


def destination_names() -> list[str]:
    """Names of everything that can be written, sorted; imports no connector."""
    return sorted({*_built_in()["destinations"], *_plugged("destinations")})


def source_class(name: str) -> type[Source[Any]]:
    """The source behind a name or alias. Raises UnknownName, or MissingExtra when its driver is not installed."""
    found: type[Source[Any]] = _load(name, "sources", "SOURCE")
    return found


def destination_class(name: str) -> type[Destination[Any]]:
    """The destination behind a name or alias. Raises UnknownName, or MissingExtra."""
    found: type[Destination[Any]] = _load(name, "destinations", "DESTINATION")
    return found


def is_built_in(name: str) -> bool:
    """Whether a name or alias is one of Conduit's own connectors; imports no connector."""
    own = _built_in()
    return ALIASES.get(name, name) in own["sources"] | own["destinations"]


def connector_for_path(path: str) -> str | None:
    """The connector that a path's ending names, compression aside; None when it names none."""
    lower = path.lower().rstrip("/")
    for ending in COMPRESSIONS:
        lower = lower.removesuffix(ending)
    return next((name for ending, name in EXTENSIONS.items() if lower.endswith(ending)), None)


@cache
def _built_in() -> dict[str, frozenset[str]]:
    """Names of our own connectors, by side: a file is a connector, and a few have one side only."""
    package = import_module("conduit.connectors")
    names = {found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_")}
    return {"sources": frozenset(names - _NO_SOURCE), "destinations": frozenset(names - _NO_DESTINATION)}


@cache
def _plugged(group: str) -> dict[str, EntryPoint]:
    """Third parties' connectors. Looking for them reads all installed packages, so it is done only when needed."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=f"conduit.{group}")}


def _load(name: str, group: str, attribute: str) -> Any:
    canonical = ALIASES.get(name, name)
    if canonical in _built_in()[group]:
        try:
            return getattr(import_module(f"conduit.connectors.{canonical}"), attribute)
        except ModuleNotFoundError as missing:
            extra = _EXTRAS.get(canonical, canonical)
            raise MissingExtra.needed(f"The connector {canonical!r}", extra) from missing
    if canonical in _plugged(group):
        return _plugged(group)[canonical].load()
    side = group.removesuffix("s")
    raise UnknownName.among(f"{side} of type", name, {*_built_in()[group], *_plugged(group)})
