"""A plan in a few plain lines, as it looks in a notebook and in a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conduit.plan.noted import Problem
from conduit.plan.resource_plan import ResourcePlan
from conduit.plan.volume import Replaced, Volume


def plan_text(resources: Sequence[ResourcePlan], problems: Sequence[Problem]) -> str:
    """A line per resource, and under it what alters or loses something, and what is wrong."""
    lines = [f"conduit.Plan of {_counted(len(resources), 'resource')}"]
    for resource in resources:
        lines.append(f"  {resource.name}: {resource.source} -> {resource.destination}, {', '.join(_facts(resource))}")
        lines += [f"    {line}" for line in remarks(resource)]
    return "\n".join([*lines, *(f"  problem: {problem}" for problem in problems)])


def remarks(resource: ResourcePlan) -> Iterator[str]:
    """What a person should see of a resource's plan: what is altered, replaced, lost or wrong, a line each."""
    if resource.drift:
        yield f"since the last load: {resource.drift.one_line()}"
    if (structure := resource.structure) is not None:
        if structure.creates:
            yield f"creates {resource.place}"
        yield from structure.changes
    yield from resource.warnings
    if resource.replaces is not None:
        yield f"replaces {replaced_text(resource.replaces)}"
    for loss in resource.losses:
        yield f"{loss.column}: {loss.old} -> {loss.new} may not hold every value ({loss.then})"
    yield from (f"problem: {problem}" for problem in resource.problems)


def volume_text(volume: Volume) -> str:
    """`3 partitions, about 1,200,000 rows, 76,300,000 bytes`."""
    parts = [_counted(volume.partitions, "partition")]
    parts += [f"about {_counted(volume.rows, 'row')}"] if volume.rows is not None else []
    parts += [f"{volume.bytes:,} bytes"] if volume.bytes is not None and volume.rows is None else []
    return ", ".join(parts)


def replaced_text(replaced: Replaced) -> str:
    """`about 1,000 rows`, or their bytes, or only that there is something."""
    if replaced.rows is not None:
        return f"about {_counted(replaced.rows, 'row')}"
    return "all that is there" if replaced.bytes is None else f"{replaced.bytes:,} bytes"


def _facts(resource: ResourcePlan) -> Iterator[str]:
    yield resource.mode or "mode unknown"
    if resource.volume is not None:
        yield volume_text(resource.volume)
    if resource.structure is not None:
        yield _counted(len(resource.structure.target), "column")
    if resource.checks:
        yield _counted(len(resource.checks), "check")
    if resource.guarantee is not None:
        yield resource.guarantee.delivery


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
