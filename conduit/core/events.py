"""What the engine reports while it works: frozen values on a bus, at most one per batch, never one per row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from conduit.core.accounting import Accounting


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The base: `at` is seconds since the epoch, UTC; `resource` is empty for events of the whole run."""

    at: float = 0.0
    run_id: str = ""
    resource: str = ""

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form that starts with the event's name."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    resources: tuple[str, ...]
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceStarted(Event):
    """`rows_estimate` and `bytes_estimate` are of the source, None when unknown."""

    source: str
    destination: str
    mode: str
    rows_estimate: int | None = None
    bytes_estimate: int | None = None
    partitions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed(Event):
    """A sentence that the user should see: a detected dialect, a recovered commit, a taken-over lease."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPassed(Event):
    """One batch went through the transform stage. `bytes` is its size in memory; counts are of this batch."""

    accounting: Accounting
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRejected(Event):
    """Rejects of one batch for one reason: its code with their number, and the first one's message."""

    reasons: dict[str, int] = field(default_factory=dict)
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesNulled(Event):
    """Values of one batch and column that did not fit and became NULL: how many, and what the first one was."""

    column: str
    count: int
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesLeftOut(Event):
    """Rows of one batch that had a value in a column which the contract leaves out: how many."""

    column: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDrifted(Event):
    """What comes has another structure than the last load that landed, or than what is there.

    `against` is last | destination, `drift` each difference, `summary` all of them in a line. `ddl` is what the commit
    of this load changes at the destination, by either.
    """

    against: str
    drift: dict[str, Any]
    summary: str
    ddl: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksFailed(Event):
    """A check found failing rows, or a whole load that fails it; told once, when the resource ends.

    `observed` is what a check of the whole load measured.
    """

    check: str
    action: str
    failed: int
    observed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled(Event):
    attempt: int
    wait_seconds: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochCommitted(Event):
    """All rows of an epoch became visible under `token`. `recovered` when an earlier process had committed it."""

    token: str
    rows: int
    parts: tuple[str, ...] = ()
    recovered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFinished(Event):
    """`status` is ok | failed | locked | cancelled | recovered | skipped."""

    status: str
    accounting: Accounting
    duration_seconds: float
    error: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    status: str
    duration_seconds: float
