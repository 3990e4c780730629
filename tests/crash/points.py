"""The moments of a run at which it is killed, in order, and which of them a destination passes."""

from __future__ import annotations

BEFORE_COMMIT = (
    "run.begun",
    "lease.taken",
    "resource.begun",
    "resource.scanned",
    "session.begun",
    "epoch.begun",
    "slice.batch",
    "slice.batch:3",
    "stage.batch",
    "stage.batch:2",
    "stage.finished",
    "slice.staged",
    "dlq.staged",
    "epoch.staged",
    "epoch.intended",
    "commit.before",
)
AFTER_COMMIT = (
    "commit.after",
    "epoch.committed",
    "epoch.published",
    "epoch.confirmed",
    "resource.finished",
    "run.finished",
)
# A load with rejects passes one more, after `epoch.committed`; what lies between the commits of rejects and rows begins
# where the first of them is written.
PUBLISHED = "dlq.published"
BETWEEN_COMMITS_FROM = "stage.batch:2"
# The steps between, in which the load becomes visible; the first that is `landing` is past the point of no return.
Steps = dict[str, tuple[str, ...]]
TRANSACTION: Steps = {"undecided": (), "landing": ()}
RENAMES: Steps = {"undecided": (), "landing": ("commit.recorded", "commit.renamed", "commit.carried")}
EXCHANGE: Steps = {"undecided": ("commit.recorded",), "landing": ("commit.renamed",)}

# While these are passed, an epoch is open that the next run has to settle.
SETTLED_BY_NEXT = frozenset(
    {*BEFORE_COMMIT[BEFORE_COMMIT.index("epoch.begun") :], "commit.recorded", "commit.renamed"}
    | {"commit.renamed:2", "commit.carried", "commit.after", "epoch.committed", PUBLISHED, "epoch.published"}
)
RECOVERY = ("recovery.begun", "recovery.found", "recovery.published", "recovery.aborted", "recovery.settled")


def recovery_points(first: str, landed: bool) -> tuple[str, ...]:
    """The failpoints of recovery that the run after a crash at `first` passes."""
    if first not in SETTLED_BY_NEXT:
        return ()
    between = ("recovery.found", "recovery.published") if landed else ("recovery.aborted",)
    return ("recovery.begun", *between, "recovery.settled")
