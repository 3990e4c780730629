"""One cell of the crash matrix: killed, run again, run once more; what was lost, doubled or left behind."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from .destinations import Place, Row
from .rejects import published, unpublished
from .runs import Run, conduit_run
from .scene import Scene

T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """`lost` and `doubled` count rows, `problems` are sentences; a good case has none of them."""

    runs: int = 0
    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)

    def compare(self, when: str, actual: Counter[T], expected: Counter[T]) -> None:
        missing, excess = (expected - actual).total(), (actual - expected).total()
        self.lost += missing
        self.doubled += excess
        if missing or excess:
            self.problems.append(f"{when}: {missing} rows lost, {excess} too many")

    def expect(self, what: str, actual: object, expected: object) -> None:
        if actual != expected:
            self.problems.append(f"{what}: {actual!r} and not {expected!r}")


def crash_case(place: Place, mode: str, points: tuple[str, ...], folder: Path) -> Outcome:
    """Kill one run after the other, each at its point; then let two runs come to their end."""
    scene, outcome = Scene(place, mode, folder), Outcome()
    old = scene.before
    new = old + scene.source if mode == "append" else scene.source
    landed = False
    for number, point in enumerate(points):
        killed = conduit_run(folder, fault=point)
        outcome.runs += 1
        outcome.expect(f"exit code at {point}", killed.code, -signal.SIGKILL)
        landed = landed or place.landed(mode, point)
        _require_nothing_half_visible(outcome, scene.rows(), old, new, points[: number + 1])
        _require_rejects_behind_rows(outcome, scene, new, point)
    second = conduit_run(folder)
    outcome.runs += 1
    outcome.expect("status of the run after the crash", second.status, "recovered" if landed else "ok")
    _require_books(outcome, second, scene)
    outcome.compare("after the crash", scene.rows(), new)
    outcome.compare("rejects after the crash", published(folder), scene.rejected)
    outcome.expect("left behind", place.strays(scene.lake) + unpublished(folder), [])
    _require_truth(outcome, scene, crashes=len(points), landed=landed)
    third = conduit_run(folder)
    outcome.runs += 1
    outcome.expect("status of the run after that", third.status, "ok")
    outcome.compare("after one more run", scene.rows(), new + scene.source if mode == "append" else scene.source)
    outcome.compare("rejects after one more run", published(folder), scene.rejected + scene.rejected)
    outcome.expect("left behind at the end", place.strays(scene.lake) + unpublished(folder), [])
    return outcome


def _require_nothing_half_visible(
    outcome: Outcome, seen: Counter[Row], old: Counter[Row], new: Counter[Row], points: tuple[str, ...]
) -> None:
    # Parts that are appended to a folder are renamed one after the other: each is whole, and the old rows stay.
    renaming = any(point.startswith(("commit.recorded", "commit.renamed")) for point in points)
    partly = renaming and not old - seen and not seen - new
    if seen not in (old, new) and not partly:
        outcome.problems.append(f"killed at {points[-1]}: {seen.total()} rows are visible")


def _require_rejects_behind_rows(outcome: Outcome, scene: Scene, new: Counter[Row], point: str) -> None:
    """Rejects are visible all or not at all, and never before the rows that were loaded beside them."""
    seen = published(scene.folder)
    if seen and (seen != scene.rejected or scene.rows() != new):
        outcome.problems.append(f"killed at {point}: {seen.total()} rejects are visible")


def _require_books(outcome: Outcome, run: Run, scene: Scene) -> None:
    books = run.report.get("accounting", {})
    written, rejected = scene.source.total(), scene.rejected.total()
    found = tuple(books.get(name) for name in ("read", "written", "rejected"))
    outcome.expect("accounting", found, (written + rejected, written, rejected))


def _require_truth(outcome: Outcome, scene: Scene, *, crashes: int, landed: bool) -> None:
    """What the state database says about all runs: the load before, those that were killed, the one after."""
    statuses = [status for (status,) in scene.state("SELECT status FROM runs ORDER BY started_at, rowid")]
    outcome.expect("statuses of the runs", statuses, ["ok", *["interrupted"] * crashes, "ok"])
    still = "SELECT count(*) FROM resource_runs WHERE status = 'running'"
    outcome.expect("resources still running", scene.state(still), [(0,)])
    pending = "SELECT count(*) FROM epochs WHERE state IN ('staging', 'intended')"
    outcome.expect("epochs still open", scene.state(pending), [(0,)])
    confirmed = "SELECT count(*) FROM epochs WHERE state = 'confirmed'"
    outcome.expect("epochs confirmed", scene.state(confirmed), [(2,)])
    outcome.expect("leases still held", scene.state("SELECT count(*) FROM leases WHERE run_id IS NOT NULL"), [(0,)])
