"""Running one resource: lease, recovery, one epoch, report. Every way that this can end is in the report."""

from __future__ import annotations

import time

from conduit.config.project import Resource
from conduit.core.accounting import Accounting
from conduit.core.events import ChecksFailed, EpochCommitted, ResourceFinished, RetryScheduled
from conduit.core.fault import failpoint
from conduit.engine.context import RunContext
from conduit.engine.epoch import EpochOutcome, EpochPlan, rehearse_epoch, run_epoch
from conduit.engine.prepare import Prepared, prepare
from conduit.engine.recovery import Landed, recover
from conduit.engine.report import ResourceReport
from conduit.engine.retry import with_retries
from conduit.engine.tally import Tally
from conduit.errors import Cancelled, ConduitError, Locked, QualityError
from conduit.state.database import Database
from conduit.state.lease import Lease, acquire, release
from conduit.state.runs import begin_resource, finish_resource

_STATUS = {Locked: "locked", Cancelled: "cancelled", QualityError: "quality"}


def run_resource(resource: Resource, context: RunContext) -> ResourceReport:
    """Run one resource to its end. What goes wrong with it is in the report, not raised."""
    begun = time.monotonic()
    tally = Tally(resource.name)
    error: Exception | None = None
    outcome = EpochOutcome(Accounting())
    with context.bus.heard_by(tally), prepare(resource, context) as prepared:
        try:
            status, outcome = _run(prepared, context)
        except Exception as failed:
            error = failed
            status = next((word for kind, word in _STATUS.items() if isinstance(failed, kind)), "failed")
        report = ResourceReport(
            name=resource.name,
            status=status,
            accounting=outcome.accounting,
            duration_seconds=time.monotonic() - begun,
            bytes=tally.bytes,
            error=error,
            parts=outcome.receipt.parts if outcome.receipt else (),
            destination=prepared.target.place,
            rejects=tally.rejects,
            nulled=tally.nulled,
            left_out=tally.left_out,
            drifts=tally.drifts,
            dlq=prepared.dlq_place if outcome.receipt and outcome.accounting.rejected else None,
            checks=prepared.check_results(),
            profile=prepared.profile() if status == "ok" else None,
            notices=tuple(tally.notices),
            token=outcome.receipt.token if outcome.receipt else "",
        )
        for check in report.checks:
            if check.failed:
                context.bus.emit(
                    ChecksFailed(
                        resource=resource.name,
                        check=check.label,
                        action=check.action,
                        failed=check.failed,
                        observed=check.observed,
                    )
                )
        context.bus.emit(
            ResourceFinished(
                resource=resource.name,
                status=status,
                accounting=report.accounting,
                duration_seconds=report.duration_seconds,
                error=str(error) if error else "",
                error_code=error.code if isinstance(error, ConduitError) else "",
            )
        )
    return report


def _run(prepared: Prepared, context: RunContext) -> tuple[str, EpochOutcome]:
    if context.database is None:
        plan = prepared.scan()
        return "ok", rehearse_epoch(plan, prepared.slice_context(None))
    database = context.database
    lease = acquire(database, prepared.resource.name, context.run_id)
    context.heartbeat_of(lease)
    failpoint("lease.taken")
    try:
        if lease.taken_over:
            context.notice(prepared.resource.name, f"Took over the lease of {lease.taken_over}, which is gone.")
        begin_resource(database, context.run_id, prepared.resource.name, prepared.definition)
        failpoint("resource.begun")
        try:
            status, outcome = with_retries(
                lambda: _load(prepared, context, database, lease),
                told=lambda attempt, wait, cause: context.bus.emit(
                    RetryScheduled(
                        resource=prepared.resource.name, attempt=attempt, wait_seconds=wait, cause=cause.brief
                    )
                ),
            )
        except Exception as failed:
            code = failed.code if isinstance(failed, ConduitError) else ""
            status = next((word for kind, word in _STATUS.items() if isinstance(failed, kind)), "failed")
            finish_resource(database, context.run_id, prepared.resource.name, status, code, str(failed))
            raise
        finish_resource(database, context.run_id, prepared.resource.name, status)
        failpoint("resource.finished")
        prepared.prune_rejects()
        return status, outcome
    finally:
        context.end_heartbeat_of(lease)
        release(database, lease)


def _recovered(landed: Landed, prepared: Prepared, plan: EpochPlan) -> EpochOutcome | None:
    """What the interrupted run did, if doing it again would change nothing: the same source, definition and data."""
    epoch, destination = landed.epoch, prepared.destination
    # A source that cannot tell whether it has changed is loaded again: rows are doubled rather than lost.
    if plan.fingerprint is None or epoch.fingerprint != plan.fingerprint or landed.definition != prepared.definition:
        return None
    if epoch.withheld:
        # A table that has come back takes what was rejected for the lack of it.
        return EpochOutcome(epoch.accounting) if plan.withheld else None
    receipt = destination.find(epoch.job.table, epoch.job.token)
    if receipt is None and destination.spec.remembers:
        # It was there, and somebody has removed it since.
        return None
    return EpochOutcome(epoch.accounting, receipt)


def _load(prepared: Prepared, context: RunContext, database: Database, lease: Lease) -> tuple[str, EpochOutcome]:
    name = prepared.resource.name
    landed, notices = recover(database, lease, prepared.destination, name, context.run_id, prepared.rejects_to)
    for notice in notices:
        context.notice(name, notice)
    plan = prepared.scan()
    failpoint("resource.scanned")
    if context.replay is not None and not plan.replays:
        return "ok", EpochOutcome(Accounting())
    if landed is not None and not context.fresh:
        recovered = _recovered(landed, prepared, plan)
        if recovered is not None:
            job, receipt = landed.epoch.job, recovered.receipt
            context.notice(
                name,
                f"The same data was committed by run {job.run_id}, which was cut short afterwards; "
                "it is not loaded twice (use --fresh to load it again).",
            )
            parts = receipt.parts if receipt else ()
            rows = recovered.accounting.written
            context.bus.emit(EpochCommitted(resource=name, token=job.token, rows=rows, parts=parts, recovered=True))
            return "recovered", recovered
    prepared.read_keys()
    session = prepared.begin()
    failpoint("session.begun")
    try:
        outcome = run_epoch(plan, prepared.slice_context(session), session, database, lease, context.bus)
    finally:
        session.close()
    return "ok", outcome
