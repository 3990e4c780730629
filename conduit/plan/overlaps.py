"""Which resources write to the same place, and whether one of them would throw away what another one loads."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

from conduit.config.project import Resource
from conduit.core.spec import Commit, WriteMode
from conduit.errors import ConfigError
from conduit.registry import destination_class


def require_separate_targets(resources: Sequence[Resource]) -> None:
    """Raise ConfigError when a full refresh of one resource would replace the data of another one in the same run.

    What is added after the refresh is safe: a resource may append to a place that one it depends on refreshes.
    """
    named = {resource.name: resource for resource in resources}
    written = [(resource, *_target(resource)) for resource in resources]
    problems = []
    for (first, place, mode), (second, other, its_mode) in combinations(written, 2):
        if place is None or place != other:
            continue
        refreshing = [r for r, m in ((first, mode), (second, its_mode)) if m is WriteMode.FULL_REFRESH]
        if not refreshing:
            continue
        later = second if refreshing[0] is first else first
        if len(refreshing) == 1 and refreshing[0].name in _needed_by(later, named):
            continue
        problems.append(
            f"{second.place}: {second.name!r} and {first.name!r} write to the same place, and "
            f"{' and '.join(repr(r.name) for r in refreshing)} would replace all that is there."
        )
    if problems:
        raise ConfigError(
            "Resources would overwrite each other.",
            problems=problems,
            remedy="Give each a place of its own, or let one refresh and the others append, with `depends_on` on it.",
        )


def _target(resource: Resource) -> tuple[Hashable, WriteMode]:
    """Where a resource writes, in a form that can be compared (None: nowhere that lasts), and how."""
    options = resource.destination.options
    destination = destination_class(resource.destination.type)(options)
    mode = resource.mode or destination.default_mode()
    values = options.model_dump(mode="json")
    paths = {name: _one_spelling(str(values[name])) for name in options.path_fields if values.get(name)}
    match destination.spec.commit:
        case Commit.NONE:
            return None, mode
        case Commit.RENAME if paths:
            # Files: two formats in one folder are in each other's way as well.
            return tuple(sorted(paths.values())), mode
        case _:
            table = resource.table or destination.table(resource.name)
            place = {name: value for name, value in {**values, **paths}.items() if name != "table"}
            return (resource.destination.type, repr(sorted(place.items())), table.lower()), mode


def _one_spelling(path: str) -> str:
    return path.rstrip("/") if "://" in path else os.path.realpath(path)


def _needed_by(resource: Resource, named: Mapping[str, Resource]) -> set[str]:
    """Everything that a resource waits for, directly or not."""
    needed: set[str] = set()
    waiting = list(resource.depends_on)
    while waiting:
        name = waiting.pop()
        if name in named and name not in needed:
            needed.add(name)
            waiting.extend(named[name].depends_on)
    return needed
