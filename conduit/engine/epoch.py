"""One epoch: slices are staged, the books are checked, and everything becomes visible in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.core.accounting import Accounting
from conduit.core.destination import Destination, Receipt, Staged, WriteJob, WriteSession
from conduit.core.events import EpochCommitted
from conduit.core.fault import failpoint
from conduit.core.position import Json
from conduit.core.request import Partition
from conduit.engine.bus import EventBus
from conduit.engine.executor import run_slices
from conduit.engine.reject_target import RejectWrite
from conduit.engine.rejects import EpochRejects
from conduit.engine.slice import SliceContext
from conduit.engine.slicing import slices_of
from conduit.errors import Cancelled, CommitRejected, CommitUnknown, SchemaError, TransientError
from conduit.state.database import Database
from conduit.state.epochs import Epoch, abandon, begin_epoch, confirm, intend
from conduit.state.lease import Lease
from conduit.state.replays import RowMasks

_NOTHING_LANDED = (CommitRejected, SchemaError, TransientError)


@dataclass(frozen=True, slots=True)
class EpochOutcome:
    """What an epoch did. `receipt` None: a dry run."""

    accounting: Accounting
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class EpochPlan:
    """What an epoch needs to begin: where it writes, under which token, where its rejects go, which it sends again.

    `accepts` is the structure that is the resource's when it has landed; None: that stays what it was. `withheld`: the
    contract rejects every row, and the destination is left alone.
    """

    destination: Destination[Any]
    job: WriteJob
    dlq: Path | None
    fingerprint: str | None
    partitions: tuple[Partition, ...]
    workers: int
    reject_write: RejectWrite | None = None
    replays: RowMasks = field(default_factory=dict)
    accepts: pa.Schema | None = None
    withheld: bool = False


def rehearse_epoch(plan: EpochPlan, context: SliceContext) -> EpochOutcome:
    """Read, check and count everything, and write nothing: a dry run."""
    results = run_slices(slices_of(plan.partitions, one_writer=False), context, plan.workers)
    books = sum((result.accounting for result in results), Accounting())
    if context.checker is not None:
        context.checker.finish()
    books.require_balance(context.resource)
    if context.observer is not None:
        context.observer.finish()
    return EpochOutcome(books)


def run_epoch(
    plan: EpochPlan, context: SliceContext, session: WriteSession, database: Database, lease: Lease, bus: EventBus
) -> EpochOutcome:
    """Stage, check the books, commit, confirm.

    Whatever goes wrong before the intent removes everything that was staged. After it, only a commit that provably
    did not land is undone; of an unknown one the intent stays open, and `Destination.find` decides: now, or at the
    start of the resource's next run.
    """
    job = plan.job
    rejects = EpochRejects(plan.dlq, job.token, plan.reject_write)
    begin_epoch(database, lease, _record(plan))
    failpoint("epoch.begun")
    try:
        results = run_slices(slices_of(plan.partitions, one_writer=session.one_writer), context, plan.workers)
        books = sum((result.accounting for result in results), Accounting())
        positions: dict[str, Json] = {}
        for result in results:
            positions.update(result.positions)
        if context.checker is not None:
            context.checker.finish()
        books.require_balance(context.resource)
        if context.observer is not None:
            context.observer.finish()
        if context.dlq is not None:
            rejects.stage(context.dlq)
        failpoint("epoch.staged")
        if context.stop.is_set():
            raise Cancelled(f"The resource {context.resource!r} was stopped.", remedy="Nothing was committed.")
        intend(database, lease, job.token, books, positions)
    except BaseException as failed:
        _undo(plan, session, database, lease, failed)
        raise
    failpoint("epoch.intended")
    receipt = _commit(
        plan, session, [piece for result in results for piece in result.staged], positions, database, lease
    )
    failpoint("epoch.committed")
    rejects.publish()
    failpoint("epoch.published")
    confirm(database, lease, job.token)
    failpoint("epoch.confirmed")
    bus.emit(EpochCommitted(resource=context.resource, token=job.token, rows=receipt.rows, parts=receipt.parts))
    return EpochOutcome(books, receipt)


def _commit(
    plan: EpochPlan,
    session: WriteSession,
    staged: Sequence[Staged],
    positions: Mapping[str, Json],
    database: Database,
    lease: Lease,
) -> Receipt:
    try:
        return session.commit(staged, positions)
    except Exception as failed:
        if isinstance(failed, _NOTHING_LANDED) and not isinstance(failed, CommitUnknown):
            _undo(plan, session, database, lease, failed)
            raise
        # Unknown is not failed: look, and undo nothing that may have landed.
        try:
            found = plan.destination.find(plan.job.table, plan.job.token)
        except Exception:
            raise failed from None
        if found is None:
            raise
        return found


def _undo(plan: EpochPlan, session: WriteSession, database: Database, lease: Lease, cause: BaseException) -> None:
    """Remove what was staged. What cannot be removed stays recorded, and the next run of the resource removes it:
    `cause`, the reason of it all, is what the user has to see.
    """
    try:
        session.abort()
        failpoint("epoch.aborted")
        EpochRejects(plan.dlq, plan.job.token, plan.reject_write).drop()
        abandon(database, lease, plan.job.token)
    except Exception as left:
        cause.add_note(f"What was staged could not be removed ({left}); the next run removes it.")


def _record(plan: EpochPlan) -> Epoch:
    return Epoch(
        plan.job,
        fingerprint=plan.fingerprint,
        dlq=None if plan.dlq is None else str(plan.dlq),
        rejects=None if plan.reject_write is None else plan.reject_write.rejects,
        replays=plan.replays,
        accepts=plan.accepts,
        withheld=plan.withheld,
    )
