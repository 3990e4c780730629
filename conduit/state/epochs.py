"""Intents and confirmations: state is never ahead of the data."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from conduit.core.accounting import Accounting
from conduit.core.position import Json
from conduit.core.spec import WriteMode
from conduit.state.database import Database
from conduit.state.lease import Lease, require_held


@dataclass(frozen=True, slots=True)
class Epoch:
    """One commit, as the state knows it. `dlq` is the folder of its rejects, None when it had none."""

    token: str
    run_id: str
    resource: str
    table: str
    mode: WriteMode
    accounting: Accounting
    fingerprint: str | None = None
    dlq: str | None = None
    positions: Mapping[str, Json] | None = None


def begin_epoch(database: Database, lease: Lease, epoch: Epoch) -> None:
    """Record a token before anything is staged under it, so that whatever a crash leaves behind is found again."""
    with database.transaction():
        require_held(database, lease)
        database.run(
            "begin_epoch",
            token=epoch.token,
            run_id=epoch.run_id,
            resource=epoch.resource,
            fence=lease.fence,
            table_name=epoch.table,
            mode=epoch.mode.value,
            fingerprint=epoch.fingerprint,
            dlq=epoch.dlq,
            accounting=json.dumps(asdict(epoch.accounting)),
            positions=json.dumps(dict(epoch.positions or {})),
            at=time.time(),
        )


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


def confirm(database: Database, lease: Lease, token: str) -> None:
    """Record that the token landed. Positions count from here on."""
    with database.transaction():
        require_held(database, lease)
        database.run("settle", token=token, state="confirmed", at=time.time())


def abandon(database: Database, lease: Lease, token: str) -> None:
    """Record that the token provably did not land."""
    with database.transaction():
        require_held(database, lease)
        database.run("settle", token=token, state="aborted", at=time.time())


def open_epochs(database: Database, resource: str) -> list[Epoch]:
    """Tokens of which nobody knows yet whether they landed, oldest first."""
    return [_epoch(row) for row in database.run("open_epochs", resource=resource)]


def confirmed_epoch(database: Database, run_id: str, resource: str) -> Epoch | None:
    """The last epoch that a run confirmed for a resource."""
    rows = database.run("confirmed_of_run", run_id=run_id, resource=resource)
    return _epoch(rows[0]) if rows else None


def _epoch(row: Any) -> Epoch:
    return Epoch(
        token=row["token"],
        run_id=row["run_id"],
        resource=row["resource"],
        table=row["table_name"],
        mode=WriteMode(row["mode"]),
        accounting=Accounting(**json.loads(row["accounting"])),
        fingerprint=row["fingerprint"],
        dlq=row["dlq"],
        positions=json.loads(row["positions"]),
    )
