"""Events added up per resource: what any display of a run's progress needs to know."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from conduit.core.accounting import Accounting
from conduit.core.events import (
    BatchPassed,
    EpochCommitted,
    Event,
    ResourceFinished,
    ResourceStarted,
    RetryScheduled,
    RunStarted,
)

WAITING, RUNNING = "waiting", "running"


@dataclass(slots=True)
class Tally:
    """One resource so far. `status` is waiting, running, or what it finished with; `bytes` are bytes in memory."""

    name: str
    status: str = WAITING
    source: str = ""
    destination: str = ""
    mode: str = ""
    started: float = 0.0
    seconds: float = 0.0
    accounting: Accounting = field(default_factory=Accounting)
    bytes: int = 0
    rows_estimate: int | None = None
    bytes_estimate: int | None = None
    remark: str = ""

    def elapsed(self, now: float) -> float:
        return max(now - self.started, 0.0) if self.status == RUNNING else self.seconds

    @property
    def fraction(self) -> float | None:
        """The share that is done, None when unknown: an estimate that was passed is no longer one."""
        for done, estimate in ((self.accounting.read, self.rows_estimate), (self.bytes, self.bytes_estimate)):
            if estimate:
                return done / estimate if done <= estimate else None
        return None

    def seconds_left(self, now: float) -> float | None:
        """Time to go at the pace so far; None before there is a pace, or when the share done is unknown."""
        share = self.fraction
        if self.status != RUNNING or not share:
            return None
        return self.elapsed(now) * (1 - share) / share


class Board:
    """The tallies of a run, in the order of the run. Events may arrive on any thread."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._guard = threading.Lock()

    def take(self, event: Event) -> None:
        with self._guard:
            if isinstance(event, RunStarted):
                for name in event.resources:
                    self._tallies.setdefault(name, Tally(name))
            elif event.resource:
                self._add(self._tallies.setdefault(event.resource, Tally(event.resource)), event)

    def tallies(self) -> list[Tally]:
        """Copies that no event changes."""
        with self._guard:
            return [replace(tally) for tally in self._tallies.values()]

    def tally(self, name: str) -> Tally:
        with self._guard:
            return replace(self._tallies.get(name) or Tally(name))

    def _add(self, tally: Tally, event: Event) -> None:
        match event:
            case ResourceStarted():
                tally.status, tally.started = RUNNING, event.at
                tally.source, tally.destination, tally.mode = event.source, event.destination, event.mode
                tally.rows_estimate, tally.bytes_estimate = event.rows_estimate, event.bytes_estimate
            case BatchPassed():
                tally.accounting += event.accounting
                tally.bytes += event.bytes
                tally.remark = ""
            case RetryScheduled():
                tally.remark = f"attempt {event.attempt} after: {event.cause}"
            case EpochCommitted():
                tally.remark = "recovered" if event.recovered else ""
            case ResourceFinished():
                tally.status, tally.seconds, tally.accounting = event.status, event.duration_seconds, event.accounting
