"""Writes of rejects to a destination: recorded with their epoch, so that whoever finds it open can finish them."""

from __future__ import annotations

from dataclasses import dataclass

from conduit.core.destination import WriteJob
from conduit.state.database import Database
from conduit.state.job_text import job_of, job_text


@dataclass(frozen=True, slots=True)
class RejectJob:
    """A write of an epoch's rejects to the destination that the configuration calls `destination`."""

    destination: str
    job: WriteJob


def record_reject_job(database: Database, token: str, rejects: RejectJob) -> None:
    """Record where an epoch's rejects go; called inside the transaction that begins it."""
    database.run("record_reject_job", token=token, destination=rejects.destination, job=job_text(rejects.job))


def reject_job(database: Database, token: str) -> RejectJob | None:
    """Where an epoch's rejects go; None for those that stay in a folder."""
    rows = database.run("reject_job", token=token)
    return RejectJob(rows[0]["destination"], job_of(rows[0]["job"])) if rows else None
