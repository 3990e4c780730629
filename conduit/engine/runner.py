"""Running the resources of a project: side by side where they do not depend on each other."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conduit.config.project import Project, Resource
from conduit.core.accounting import Accounting
from conduit.core.events import ResourceFinished, RunFinished, RunStarted
from conduit.core.fault import failpoint
from conduit.engine.budget import ByteBudget
from conduit.engine.bus import EventBus, Listener
from conduit.engine.context import RunContext
from conduit.engine.heartbeat import Heartbeat
from conduit.engine.report import ResourceReport, RunReport, overall_status
from conduit.engine.resource import run_resource
from conduit.errors import StateError
from conduit.plan.overlaps import require_separate_targets
from conduit.state.database import Database
from conduit.state.runs import begin_run, finish_run

if TYPE_CHECKING:
    from conduit.engine.replay import Replay

_GOOD = ("ok", "recovered")


def run_project(
    project: Project,
    *,
    select: Sequence[str] | None = None,
    jobs: int | None = None,
    dry_run: bool = False,
    fresh: bool = False,
    listen: Sequence[Listener] = (),
    stop: threading.Event | None = None,
    replay: Replay | None = None,
) -> RunReport:
    """Run a project's resources (those named in `select`, or all) and say what happened to each.

    Raises UnknownName for a name that is not there, ConfigError when two resources would overwrite each other,
    StateError when the state database is unusable. What goes wrong with a resource is in the report. Setting `stop`
    ends the run at the next batch, with nothing half visible. With `replay` its resource's rejects are sent again.
    """
    chosen = tuple(project.resource(name) for name in dict.fromkeys(select)) if select else project.resources
    chosen = (replay.resource,) if replay else chosen
    require_separate_targets(chosen)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    begun = time.monotonic()
    bus = EventBus(run_id, listen)
    with ExitStack() as closing:
        database = heartbeat = None
        if not dry_run:
            database = Database(project.state_dir / "state.db")
            closing.callback(database.close)
            heartbeat = Heartbeat(database)
            closing.callback(heartbeat.close)
            begin_run(database, run_id, _version(), "replay" if replay else "load")
            closing.push(_unless_finished(database, run_id))
        bus.emit(RunStarted(resources=tuple(resource.name for resource in chosen), dry_run=dry_run))
        failpoint("run.begun")
        context = RunContext(
            run_id=run_id,
            directory=project.directory,
            state_dir=project.state_dir,
            database=database,
            heartbeat=heartbeat,
            # A quarter for what waits in queues: parsing, encoding and checking hold about as much again each.
            budget=ByteBudget(project.memory // 4),
            bus=bus,
            stop=stop or threading.Event(),
            memory=project.memory,
            fresh=fresh,
            replay=replay,
        )
        reports = _run_all(chosen, context, jobs or project.jobs or context.workers)
        report = RunReport(run_id, overall_status(reports), time.monotonic() - begun, reports, dry_run)
        failpoint("run.finished")
        if database is not None:
            # A replay leaves what interrupted loads did to be taken up by the next load.
            good = [] if replay else [resource.name for resource in reports if resource.status in _GOOD]
            finish_run(database, run_id, report.status, json.dumps(report.as_dict()), good)
    bus.emit(RunFinished(status=report.status, duration_seconds=report.duration_seconds))
    return report


def _unless_finished(database: Database, run_id: str) -> Callable[..., None]:
    """Called at the end: a run that an error takes out of the engine has failed, and its state has to say so."""

    def told(kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            with suppress(StateError):
                finish_run(database, run_id, "failed", json.dumps({"run_id": run_id, "error": str(error)}), ())

    return told


def _run_all(resources: tuple[Resource, ...], context: RunContext, jobs: int) -> tuple[ResourceReport, ...]:
    """Reports in the order of `resources`; a resource begins when those that it depends on have succeeded."""
    if len(resources) == 1:
        return (run_resource(resources[0], replace_workers(context, 1)),)
    context = replace_workers(context, min(jobs, len(resources)))
    done: dict[str, ResourceReport] = {}
    waiting = list(resources)
    running: dict[Future[ResourceReport], Resource] = {}
    names = {resource.name for resource in resources}
    with ThreadPoolExecutor(jobs, thread_name_prefix="conduit-resource") as pool:
        while waiting or running:
            for resource in list(waiting):
                needed = [name for name in resource.depends_on if name in names]
                if any(name in done and done[name].status not in _GOOD for name in needed):
                    waiting.remove(resource)
                    done[resource.name] = _skipped(resource, context)
                elif all(name in done for name in needed) and len(running) < jobs:
                    waiting.remove(resource)
                    running[pool.submit(run_resource, resource, context)] = resource
            if running:
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    done[running.pop(future).name] = future.result()
    return tuple(done[resource.name] for resource in resources)


def replace_workers(context: RunContext, side_by_side: int) -> RunContext:
    """The machine's threads divided among the resources that run at the same time."""
    return replace(context, workers=max(context.workers // max(side_by_side, 1), 1))


def _skipped(resource: Resource, context: RunContext) -> ResourceReport:
    context.bus.emit(
        ResourceFinished(resource=resource.name, status="skipped", accounting=Accounting(), duration_seconds=0.0)
    )
    return ResourceReport(resource.name, "skipped", notices=("A resource that it depends on did not succeed.",))


def _version() -> str:
    from conduit import __version__

    return __version__
