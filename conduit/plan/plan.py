"""What a run would do with a project, before it does it: data that changes nothing, in memory or anywhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from conduit.config.project import Project, Resource
from conduit.core.position import Json
from conduit.errors import ConfigError, SourceError, UnknownName
from conduit.plan.noted import Problem
from conduit.plan.outlook import Outlook, plan_of
from conduit.plan.overlaps import require_separate_targets
from conduit.plan.resource_plan import ResourcePlan
from conduit.plan.text import plan_text
from conduit.state.epochs import open_epochs
from conduit.state.schemas import last_accepted
from conduit.state.snapshot import Snapshot, snapshot

# Looking waits for disks and servers more than it computes.
_SIDE_BY_SIDE = 8
CHANGES_EXIT_CODE = 5


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What a run of `resources` would do, each on its own. `problems` are those of several resources together.

    `offline`: neither sources nor destinations were looked at.
    """

    resources: tuple[ResourcePlan, ...]
    problems: tuple[Problem, ...] = ()
    offline: bool = False

    @property
    def changes(self) -> bool:
        """Whether a run would make or alter a structure, or throw data away."""
        return any(resource.changes for resource in self.resources)

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Those of the whole and of each resource: what keeps the run, or a part of it, from succeeding."""
        return (*self.problems, *(problem for resource in self.resources for problem in resource.problems))

    @property
    def exit_code(self) -> int:
        """What `conduit plan` ends with: 0 without problems, else the code that the run would have."""
        codes = {problem.exit_code for problem in self.all_problems}
        return 0 if not codes else codes.pop() if len(codes) == 1 else 1

    def resource(self, name: str) -> ResourcePlan:
        """The plan of the resource of that name. Raises UnknownName with the nearest one."""
        for resource in self.resources:
            if resource.name == name:
                return resource
        raise UnknownName.among("resource", name, [resource.name for resource in self.resources])

    def as_dict(self) -> dict[str, Json]:
        """A JSON-able form."""
        return {
            "offline": self.offline,
            "changes": self.changes,
            "resources": [resource.as_dict() for resource in self.resources],
            "problems": [problem.as_dict() for problem in self.problems],
        }

    def __repr__(self) -> str:
        return plan_text(self.resources, self.problems)


def plan(
    config: str | Path = "ingest.yml", resource: str | Sequence[str] | None = None, *, offline: bool = False
) -> Plan:
    """What a run of a configuration, or of some of its resources, would do. Nothing is read through or written.

    Raises ConfigError when the configuration is wrong, UnknownName for a resource that is not in it. What is wrong
    with a resource is among its problems.
    """
    from conduit.config.load import load_project

    names = [resource] if isinstance(resource, str) else resource
    return plan_project(load_project(config), select=names, offline=offline)


def plan_project(project: Project, *, select: Sequence[str] | None = None, offline: bool = False) -> Plan:
    """The plan of a project's resources, those named in `select` or all, side by side. Raises UnknownName, StateError.

    `offline` looks at neither sources nor destinations, and goes by what the last load has shown.
    """
    chosen = tuple(project.resource(name) for name in dict.fromkeys(select)) if select else project.resources
    problems = _together(chosen)
    state = snapshot(project.state_dir)
    try:
        side_by_side = min(project.jobs or _SIDE_BY_SIDE, len(chosen)) or 1
        outlook = Outlook(max((os.cpu_count() or 1) // side_by_side, 1), offline=offline)
        if side_by_side == 1:
            plans = tuple(_one(resource, outlook, state) for resource in chosen)
        else:
            with ThreadPoolExecutor(side_by_side, thread_name_prefix="conduit-plan") as pool:
                plans = tuple(pool.map(lambda resource: _one(resource, outlook, state), chosen))
    finally:
        if state is not None:
            state.close()
    by_name = {plan.name: plan for plan in plans}
    settled = tuple(_may_come(resource, by_name) for resource in chosen)
    return Plan(settled, problems, offline)


def _one(resource: Resource, outlook: Outlook, state: Snapshot | None) -> ResourcePlan:
    if state is None:
        return plan_of(resource, outlook)
    last = last_accepted(state, resource.name)
    planned = plan_of(resource, replace(outlook, accepted=last.schema if last else None))
    left = open_epochs(state, resource.name)
    if not left:
        return planned
    told = f"Run {left[-1].job.run_id} was cut short or is still at work: the next run settles first what it left."
    return replace(planned, notices=(*planned.notices, told))


def _may_come(resource: Resource, plans: Mapping[str, ResourcePlan]) -> ResourcePlan:
    """A source that is not there is no problem where what the resource waits for has yet to make something."""
    plan = plans[resource.name]
    makers = [name for name in resource.depends_on if (made := plans.get(name)) and _creates(made)]
    absent = [problem for problem in plan.problems if problem.code == SourceError.code]
    if plan.volume is not None or not makers or not absent:
        return plan
    told = f"Its source is not there yet ({absent[0]}); {', '.join(map(repr, makers))} may bring it."
    others = tuple(problem for problem in plan.problems if problem not in absent)
    return replace(plan, problems=others, notices=(*plan.notices, told))


def _creates(plan: ResourcePlan) -> bool:
    return plan.structure is not None and plan.structure.creates


def _together(resources: tuple[Resource, ...]) -> tuple[Problem, ...]:
    try:
        require_separate_targets(resources)
    except ConfigError as wrong:
        return (Problem.of(wrong),)
    return ()
