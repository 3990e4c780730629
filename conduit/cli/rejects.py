"""Where the rejects are that a `conduit dlq` command is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conduit.cli import configuration
from conduit.errors import ConfigError, UnknownName, UsageError

if TYPE_CHECKING:
    from conduit.config.project import Project
    from conduit.dlq.catalog import RejectRun

_STATE = ".conduit"


@dataclass(frozen=True, slots=True)
class RejectPlaces:
    """Folders of rejects, from the configuration or from the state folder alone.

    `elsewhere` says of resources whose rejects go to a destination which one that is.
    """

    state_dir: Path
    roots: tuple[Path, ...]
    project: Project | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def runs(self, resource: str | None, run: str | None) -> list[RejectRun]:
        """The rejects that are meant, the latest first. Raises UnknownName, UsageError."""
        from conduit.dlq.catalog import find_runs

        found = find_runs(self.roots, resource)
        if found:
            return find_runs(self.roots, resource, run)
        if resource is not None and resource in self.elsewhere:
            raise UsageError(
                f"The rejects of {resource!r} are in {self.elsewhere[resource]}.",
                remedy="Look at them there; `conduit dlq` works on rejects that are kept in a folder.",
            )
        if resource is not None and resource not in self._resources():
            raise UnknownName.among("resource", resource, self._resources())
        return []

    def has(self, resource: str | None) -> bool:
        """Whether there are rejects of a resource (None: of any) in the folders."""
        from conduit.dlq.catalog import find_runs

        return bool(find_runs(self.roots, resource))

    def _resources(self) -> set[str]:
        from conduit.dlq.catalog import find_runs

        declared = {resource.name for resource in self.project.resources} if self.project else set()
        return declared | {run.resource for run in find_runs(self.roots)}


def reject_places(config: str | None) -> RejectPlaces:
    """The places that a configuration names; without one, those of the state folder that is here.

    Raises ConfigError when there is neither.
    """
    if config is not None or os.path.exists(configuration.DEFAULT):
        return _of_project(configuration.find(config or configuration.DEFAULT))
    state_dir = Path(os.environ.get("CONDUIT_HOME") or _STATE)
    if state_dir.is_dir():
        return RejectPlaces(state_dir, (state_dir / "dlq",))
    raise ConfigError(
        f"There is neither an {configuration.DEFAULT} nor a folder {str(state_dir)!r} here.",
        place=os.getcwd(),
        remedy="Name the configuration with --file, or go to its folder.",
    )


def required_project(config: str | None, *, if_all_ours: Callable[[], None]) -> RejectPlaces:
    """The places that a configuration names, for a run of it. Raises ConfigError where there is none.

    `if_all_ours` is called before connectors are imported that are all Conduit's own.
    """
    return _of_project(configuration.find(config or configuration.DEFAULT), if_all_ours)


def _of_project(path: Path, if_all_ours: Callable[[], None] | None = None) -> RejectPlaces:
    from conduit.config.load import load_project

    project = load_project(path, if_all_ours=if_all_ours)
    own = [Path(resource.dlq.path) for resource in project.resources if resource.dlq.path]
    elsewhere = {
        resource.name: f"the destination {resource.dlq.destination.name!r} ({resource.dlq.destination.type}), "
        f"table {resource.dlq.table or f'{resource.name}_rejects'}"
        for resource in project.resources
        if resource.dlq.destination is not None
    }
    return RejectPlaces(project.state_dir, (project.state_dir / "dlq", *own), project, elsewhere)


def require_one(runs: Sequence[RejectRun], resource: str | None) -> str:
    """The only resource among the runs. Raises UsageError when there are several, or none."""
    names = sorted({run.resource for run in runs})
    if len(names) == 1:
        return names[0]
    if not names:
        raise UsageError(f"There are no rejects{f' of {resource!r}' if resource else ''}.")
    raise UsageError("Several resources have rejects.", remedy=f"Name one of them: {', '.join(names)}.")
