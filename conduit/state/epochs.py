"""Intents and confirmations: state is never ahead of the data."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from conduit.core.accounting import Accounting
from conduit.core.destination import WriteJob
from conduit.core.position import Json
from conduit.state.database import Database
from conduit.state.job_text import job_of, job_text
from conduit.state.lease import Lease, require_held
from conduit.state.reject_jobs import RejectJob, record_reject_job
from conduit.state.replays import RowMasks, record_replays
from conduit.state.schemas import accept, schema_bytes


@dataclass(frozen=True, slots=True)
class Epoch:
    """One commit, as the state knows it. `dlq` is the folder of its rejects, None when it had none; `rejects` the write
    that takes them from there to a destination. `replays` are earlier rejects that it sends again. `accepts` is the
    structure that is the resource's once it is confirmed. Of one that is `withheld` nothing goes to the destination; as
    the state gives it back that is true only after the intent, with which such an epoch has landed.
    """

    job: WriteJob
    accounting: Accounting = field(default_factory=Accounting)
    fingerprint: str | None = None
    dlq: str | None = None
    positions: Mapping[str, Json] | None = None
    rejects: RejectJob | None = None
    replays: RowMasks = field(default_factory=dict)
    accepts: pa.Schema | None = None
    withheld: bool = False


def begin_epoch(database: Database, lease: Lease, epoch: Epoch) -> None:
    """Record a token before anything is staged under it, so that whatever a crash leaves behind is found again."""
    with database.transaction():
        require_held(database, lease)
        database.run(
            "begin_epoch",
            token=epoch.job.token,
            run_id=epoch.job.run_id,
            resource=epoch.job.resource,
            fence=lease.fence,
            job=job_text(epoch.job),
            fingerprint=epoch.fingerprint,
            dlq=epoch.dlq,
            accounting=json.dumps(asdict(epoch.accounting)),
            positions=json.dumps(dict(epoch.positions or {})),
            accepts=None if epoch.accepts is None else schema_bytes(epoch.accepts),
            withheld=int(epoch.withheld),
            at=time.time(),
        )
        record_replays(database, epoch.job.token, epoch.replays)
        if epoch.rejects is not None:
            record_reject_job(database, epoch.job.token, epoch.rejects)


def intend(database: Database, lease: Lease, token: str, accounting: Accounting, positions: Mapping[str, Json]) -> None:
    """Record, before the destination is asked to commit, that this token may land, and what lands with it."""
    with database.transaction():
        require_held(database, lease)
        database.run(
            "intend",
            token=token,
            accounting=json.dumps(asdict(accounting)),
            positions=json.dumps(dict(positions)),
            at=time.time(),
        )


def confirm(database: Database, lease: Lease, token: str, *, found: bool = False) -> None:
    """Record that the token landed; positions count from here on, and the structure that it brings is accepted.

    `found`: a later run has seen it, not its own.
    """
    _settle(database, lease, token, "confirmed", found)


def abandon(database: Database, lease: Lease, token: str) -> None:
    """Record that the token provably did not land."""
    _settle(database, lease, token, "aborted", False)


def open_epochs(database: Database, resource: str) -> list[Epoch]:
    """Tokens of which nobody knows yet whether they landed, oldest first."""
    return [_epoch(row) for row in database.run("open_epochs", resource=resource)]


def rows_written_before(database: Database, resource: str, run_id: str) -> int | None:
    """How many rows the last good run of a resource wrote, other than the run `run_id`; None where there was none."""
    rows = database.run("rows_written_before", resource=resource, run_id=run_id)
    return int(rows[0]["rows"]) if rows else None


def confirmed_epoch(database: Database, run_id: str, resource: str) -> Epoch | None:
    """The last epoch that a run confirmed for a resource."""
    rows = database.run("confirmed_of_run", run_id=run_id, resource=resource)
    return _epoch(rows[0]) if rows else None


def _settle(database: Database, lease: Lease, token: str, state: str, found: bool) -> None:
    with database.transaction():
        require_held(database, lease)
        at = time.time()
        database.run("settle", token=token, state=state, found=int(found), at=at)
        if state == "confirmed":
            accept(database, token, at)


def _epoch(row: sqlite3.Row) -> Epoch:
    return Epoch(
        job=job_of(row["job"]),
        accounting=Accounting(**json.loads(row["accounting"])),
        fingerprint=row["fingerprint"],
        dlq=row["dlq"],
        positions=json.loads(row["positions"]),
        withheld=bool(row["withheld"]) and row["state"] != "staging",
    )
