"""At the start of a resource: settle what an earlier process left open, so that no row is lost or doubled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conduit.core.destination import Destination
from conduit.core.fault import failpoint
from conduit.engine.reject_target import RejectTarget, open_write
from conduit.engine.rejects import EpochRejects
from conduit.state.database import Database
from conduit.state.epochs import Epoch, abandon, confirm, confirmed_epoch, open_epochs
from conduit.state.lease import Lease
from conduit.state.runs import unfinished


@dataclass(frozen=True, slots=True)
class Landed:
    """An earlier run's epoch that is visible at the destination, though its user was never told.

    `definition` is the resource's at that time.
    """

    epoch: Epoch
    definition: str


def recover(
    database: Database,
    lease: Lease,
    destination: Destination[Any],
    resource: str,
    run_id: str,
    rejects_to: RejectTarget | None = None,
) -> tuple[Landed | None, tuple[str, ...]]:
    """Settle every open intent: confirm it where its token landed, else remove what it staged.

    Returns the last epoch that landed in a run that never said so, and sentences for the user.
    """
    notices = []
    for epoch in open_epochs(database, resource):
        job = epoch.job
        rejects = EpochRejects(epoch.dlq, job.token, open_write(database, job.token, rejects_to))
        failpoint("recovery.begun")
        if epoch.withheld or destination.find(job.table, job.token) is not None:
            failpoint("recovery.found")
            rejects.publish()
            failpoint("recovery.published")
            confirm(database, lease, job.token, found=True)
            notices.append(f"Run {job.run_id} had committed {epoch.accounting.written:,} rows before it was cut short.")
        else:
            destination.discard(job)
            failpoint("recovery.aborted")
            rejects.drop()
            abandon(database, lease, job.token)
            notices.append(f"Run {job.run_id} was cut short before it committed; what it had staged is removed.")
        failpoint("recovery.settled")
    landed = None
    for earlier in unfinished(database, resource, run_id):
        found = confirmed_epoch(database, earlier.run_id, resource)
        landed = Landed(found, earlier.definition) if found else landed
    return landed, tuple(notices)
