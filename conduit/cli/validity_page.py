"""What is wrong with a project, as a terminal and as a program reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from conduit.cli import format
from conduit.cli.plan_page import problem_lines
from conduit.cli.table import display_width, pad
from conduit.cli.terminal import Terminal

if TYPE_CHECKING:
    from conduit.plan.plan import Plan
    from conduit.plan.resource_plan import ResourcePlan

# More resources than this that are all right are counted and not listed.
_MOST_GOOD = 20


def validity(plan: Plan) -> dict[str, Any]:
    """A JSON-able form: per resource its problems and what should be known of it."""
    return {
        "valid": not plan.all_problems,
        "problems": [problem.as_dict() for problem in plan.problems],
        "resources": [
            {
                "name": resource.name,
                "valid": not resource.problems,
                "problems": [problem.as_dict() for problem in resource.problems],
                "warnings": list(resource.warnings),
                "notices": list(resource.notices),
            }
            for resource in plan.resources
        ],
    }


def validity_lines(plan: Plan, terminal: Terminal) -> Iterator[str]:
    """The resources that are all right in short, those that are not with every problem, the verdict last."""
    good = [resource for resource in plan.resources if not resource.problems]
    bad = [resource for resource in plan.resources if resource.problems]
    width = max((display_width(format.one_line(resource.name)) for resource in good), default=0)
    for resource in good[: _MOST_GOOD if len(good) > _MOST_GOOD else None]:
        name = pad(format.one_line(resource.name), width)
        yield terminal.spell(f"{terminal.paint('✓', 'good')} {name}  {terminal.paint(_facts(resource), 'dim')}")
    if len(good) > _MOST_GOOD:
        yield terminal.spell(terminal.paint(f"  … {len(good) - _MOST_GOOD} more are valid", "dim"))
    for resource in bad:
        yield terminal.spell(f"{terminal.paint('✗', 'bad')} {terminal.paint(format.one_line(resource.name), 'bold')}")
        for problem in resource.problems:
            yield from problem_lines(problem, terminal, indent="  ")
    for problem in plan.problems:
        yield from problem_lines(problem, terminal)
    yield ""
    yield terminal.spell(_verdict(plan, len(bad), terminal))


def _facts(resource: ResourcePlan) -> str:
    columns = len(resource.structure.target) if resource.structure is not None else 0
    parts = [f"{resource.source} → {resource.destination}", format.counted(columns, "column")]
    parts += [format.counted(len(resource.checks), "check")] if resource.checks else []
    return ", ".join(parts)


def _verdict(plan: Plan, bad: int, terminal: Terminal) -> str:
    total = format.counted(len(plan.resources), "resource")
    if not plan.all_problems:
        return f"{terminal.paint('✓', 'good')} {total}: valid."
    problems = format.counted(len(plan.all_problems), "problem")
    where = f" in {bad} of {total}" if bad else ""
    return f"{terminal.paint('✗', 'bad')} {terminal.paint(problems, 'bad')}{where}."
