"""Resources run side by side unless one waits for another; what failed keeps back only what needs it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from conduit.core.events import Event, ResourceFinished, ResourceStarted, RunFinished, RunStarted

from .projects import run

TEXT = """
sources:
- {name: good, type: dummysource, rows: 5}
- {name: bad, type: dummysource, rows: 5, fail_after_rows: 2}
destinations:
- {name: nowhere, type: dummydestination}
resources:
- {name: last, source: good, destination: nowhere, depends_on: [second]}
- {name: second, source: SECOND, destination: nowhere, depends_on: [first]}
- {name: first, source: good, destination: nowhere}
- {name: alone, source: good, destination: nowhere}
"""


def _intervals(events: list[Event]) -> dict[str, tuple[int, int]]:
    """When each resource began and ended, in the order of all events."""
    began = {event.resource: i for i, event in enumerate(events) if isinstance(event, ResourceStarted)}
    ended = {event.resource: i for i, event in enumerate(events) if isinstance(event, ResourceFinished)}
    return {name: (began[name], ended[name]) for name in began}


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_a_resource_begins_when_those_that_it_depends_on_have_succeeded(jobs: int, tmp_path: Path) -> None:
    events: list[Event] = []
    report = run(tmp_path, TEXT.replace("SECOND", "good"), jobs=jobs, events=events)
    assert [resource.status for resource in report.resources] == ["ok"] * 4
    assert [resource.name for resource in report.resources] == ["last", "second", "first", "alone"]
    when = _intervals(events)
    assert when["first"][1] < when["second"][0]
    assert when["second"][1] < when["last"][0]


def test_one_job_runs_one_resource_at_a_time(tmp_path: Path) -> None:
    events: list[Event] = []
    run(tmp_path, TEXT.replace("SECOND", "good"), jobs=1, events=events)
    when = sorted(_intervals(events).values())
    assert all(before[1] < after[0] for before, after in pairwise(when))


def test_what_depends_on_a_failed_resource_is_skipped_and_the_others_run(tmp_path: Path) -> None:
    report = run(tmp_path, TEXT.replace("SECOND", "bad"))
    statuses = {resource.name: resource.status for resource in report.resources}
    assert statuses == {"first": "ok", "second": "failed", "last": "skipped", "alone": "ok"}
    assert (report.status, report.exit_code) == ("partial", 4)


def test_a_dependency_that_was_not_selected_is_not_waited_for(tmp_path: Path) -> None:
    report = run(tmp_path, TEXT.replace("SECOND", "bad"), select=["last"])
    assert [(resource.name, resource.status) for resource in report.resources] == [("last", "ok")]


def test_events_come_in_order_with_the_run_and_the_time_on_each(tmp_path: Path) -> None:
    events: list[Event] = []
    report = run(tmp_path, TEXT.replace("SECOND", "good"), events=events)
    assert (type(events[0]), type(events[-1])) == (RunStarted, RunFinished)
    assert {event.run_id for event in events} == {report.run_id}
    assert [event.at for event in events] == sorted(event.at for event in events)
    names = [type(event).__name__ for event in events if event.resource == "alone"]
    assert names == ["ResourceStarted", "BatchPassed", "EpochCommitted", "ResourceFinished"]
