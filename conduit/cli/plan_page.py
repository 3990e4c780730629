"""A plan on a terminal: a block per resource, what alters or loses something marked, the verdict last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conduit.cli import format
from conduit.cli.failure import Explanation, explanation_lines
from conduit.cli.table import pad
from conduit.cli.terminal import Terminal

if TYPE_CHECKING:
    from conduit.plan.losses import Loss
    from conduit.plan.noted import Problem
    from conduit.plan.plan import Plan
    from conduit.plan.resource_plan import ResourcePlan, Structure
    from conduit.plan.volume import Replaced, Volume

_LABEL = 9
_MOST_COLUMNS = 40
_THEN = {"reject": "such a row is a reject", "fail": "such a value fails the run",
         "null": "such a value becomes NULL and is counted"}  # fmt: skip


def plan_lines(plan: Plan, terminal: Terminal, here: str = "") -> Iterator[str]:
    """The whole plan, styled for `terminal`. Places below the folder `here` are shown relative to it."""
    for resource in plan.resources:
        yield from (terminal.spell(line) for line in resource_lines(resource, terminal, here))
        yield ""
    for problem in plan.problems:
        yield from problem_lines(problem, terminal)
        yield ""
    yield terminal.spell(_verdict(plan, terminal))


def resource_lines(resource: ResourcePlan, terminal: Terminal, here: str) -> Iterator[str]:
    """What a run would do with one resource."""
    page = _Page(terminal)
    route = f"{resource.source} → {resource.destination}" + (f", {resource.mode}" if resource.mode else "")
    name = terminal.paint(format.one_line(resource.name), "bold")
    yield f"{_mark(resource, terminal)} {name}  {format.one_line(route)}"
    if resource.volume is not None:
        yield from page.row("reads", _volume(resource.volume))
    yield from _written(resource, page, here)
    if resource.drift:
        yield from page.row("drift", f"since the last load: {resource.drift.one_line()}", "warn")
    if resource.structure is not None:
        yield from _structure(resource.structure, page)
    for warning in resource.warnings:
        yield from page.row("but", warning, "warn")
    for loss in resource.losses:
        yield from page.row("may lose", _loss(loss), "warn")
    if resource.replaces is not None:
        yield from page.row("replaces", f"{_replaced(resource.replaces)}: the refresh throws it away", "bad")
    if resource.checks:
        yield from page.row("checks", ", ".join(f"{check.label} {check.action}" for check in resource.checks))
    if resource.guarantee is not None and resource.volume is not None:
        yield from page.row("delivery", " ".join((f"{resource.guarantee.delivery}.", *resource.guarantee.but)))
    for notice in resource.notices:
        yield from page.row("note", _near(notice, here), "dim")
    for problem in resource.problems:
        yield from problem_lines(problem, terminal, indent="  ")


def problem_lines(problem: Problem, terminal: Terminal, indent: str = "") -> Iterator[str]:
    """A problem as an error is shown."""
    told = Explanation(problem.code, problem.message, problem.place, problem.remedy, problem.details)
    yield from (f"{indent}{line}" for line in explanation_lines(told, terminal))


class _Page:
    """Rows of a label and a text that wraps beside it."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def row(self, label: str, text: str, style: str = "") -> Iterator[str]:
        room = max(self.terminal.width - _LABEL - 4, 20)
        lines = textwrap.wrap(format.one_line(text), room, break_on_hyphens=False) or [""]
        for number, line in enumerate(lines):
            head = self.terminal.paint(pad("" if number else label, _LABEL), "dim")
            yield f"  {head}  {self.terminal.paint(line, style) if style else line}"

    def code(self, label: str, text: str) -> Iterator[str]:
        """A statement, which is not wrapped, so that it can be copied."""
        head = self.terminal.paint(pad(label, _LABEL), "dim")
        yield f"  {head}  {self.terminal.paint(format.one_line(text), 'accent')}"


def _written(resource: ResourcePlan, page: _Page, here: str) -> Iterator[str]:
    if resource.place:
        creates = resource.structure is not None and resource.structure.creates
        yield from page.row("writes", f"{_near(resource.place, here)}{', which is new' if creates else ''}")


def _near(text: str, here: str) -> str:
    """A text that may begin with a place, which is shown as it is seen from `here`."""
    return text.removeprefix(f"{here.rstrip('/')}/") if here else text


def _structure(structure: Structure, page: _Page) -> Iterator[str]:
    yield from page.row("columns", ", ".join(_columns(structure)))
    for change in () if structure.ddl else structure.changes:
        yield from page.row("changes", change, "warn")
    for number, statement in enumerate(structure.ddl):
        yield from page.code("" if number else "runs", statement)


def _columns(structure: Structure) -> Iterator[str]:
    from conduit.core.types import type_name

    for field in list(structure.target)[:_MOST_COLUMNS]:
        yield f"{field.name} {type_name(field.type)}{'' if field.nullable else ' not null'}"
    if len(structure.target) > _MOST_COLUMNS:
        yield f"and {len(structure.target) - _MOST_COLUMNS:,} more"


def _volume(volume: Volume) -> str:
    parts = [format.counted(volume.partitions, "partition")]
    if volume.rows is not None:
        parts.append(f"about {format.counted(volume.rows, 'row')}")
    if volume.bytes is not None:
        largest = volume.largest if volume.partitions > 1 else None
        parts.append(format.size(volume.bytes) + (f" (the largest {format.size(largest)})" if largest else ""))
    return ", ".join(parts)


def _loss(loss: Loss) -> str:
    how = "asked for" if loss.asked else "to fit the table"
    return f"{loss.column}: {loss.old} → {loss.new}, {how}; not every value may fit, and {_THEN[loss.then]}"


def _replaced(replaced: Replaced) -> str:
    if replaced.rows is not None:
        return f"about {format.counted(replaced.rows, 'row')}"
    return "all that is there" if replaced.bytes is None else f"{format.size(replaced.bytes)} that are there"


def _mark(resource: ResourcePlan, terminal: Terminal) -> str:
    if resource.problems:
        return terminal.paint("✗", "bad")
    return terminal.paint("!", "warn") if resource.changes else terminal.paint("✓", "good")


def _verdict(plan: Plan, terminal: Terminal) -> str:
    total = format.counted(len(plan.resources), "resource")
    problems = len(plan.all_problems)
    if problems:
        return f"{terminal.paint('✗', 'bad')} {total}, {terminal.paint(format.counted(problems, 'problem'), 'bad')}"
    if not plan.changes:
        return f"{terminal.paint('✓', 'good')} {total}: nothing but rows would change. Nothing was done."
    parts = []
    if made := sum(resource.changes_structure for resource in plan.resources):
        parts.append(f"{made} with a change of structure")
    if replacing := sum(resource.replaces is not None for resource in plan.resources):
        parts.append(f"{replacing} that {'throws' if replacing == 1 else 'throw'} data away")
    return f"{terminal.paint('!', 'warn')} {total}, {', '.join(parts)}. Nothing was done."
