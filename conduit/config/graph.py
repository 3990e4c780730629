"""Cross checks of the resources' dependencies: every name exists, and nothing waits for itself."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from conduit.config.problems import Problems, quoted
from conduit.config.secrecy import shown
from conduit.config.suggestion import suggestion
from conduit.config.tree import Node


def require_order(resources: Mapping[str, Node], problems: Problems) -> None:
    """Note each `depends_on` that names no resource, and a cycle when there is one."""
    waits_for: dict[str, list[str]] = {}
    for name, node in resources.items():
        depends = node.get("depends_on")
        listed = () if depends is None else depends.items or (depends,)
        for other in listed:
            if not isinstance(other.value, str) or other.origin == "missing":
                continue  # the model has said so
            if other.value in resources:
                waits_for.setdefault(name, []).append(other.value)
            else:
                near, remedy = suggestion(other, resources)
                problems.add(
                    other.place,
                    f"there is no resource {shown(other)}, which resource {quoted(name)} depends on",
                    nearest=near,
                    remedy=remedy,
                )
    try:
        TopologicalSorter(waits_for).prepare()
    except CycleError as cycle:
        # graphlib lists a cycle from what is waited for to who waits.
        around = list(reversed(cycle.args[1]))
        start = resources[around[0]]
        problems.add(
            (start.get("depends_on") or start).place,
            f"resources wait for each other: {' -> '.join(quoted(name) for name in around)}",
            remedy="Remove one `depends_on`.",
        )
