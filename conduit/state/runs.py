"""Runs and what they did to each resource, and which of them never said how they ended."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from conduit.state.database import Database
from conduit.state.lease import process_birth, process_lives


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A resource's earlier run that ended without knowing what it had done: its process is gone, its lease is ours."""

    run_id: str
    definition: str


def begin_run(database: Database, run_id: str, version: str, kind: str = "load") -> None:
    """Record that a run begins, a `load` or a `replay`, and that those which nobody works on were interrupted."""
    pid = os.getpid()
    for row in database.run("running_runs"):
        if not _lives(row):
            with database.transaction():
                database.run("interrupt_resources", run_id=row["run_id"], at=time.time())
                database.run("interrupt_run", run_id=row["run_id"], at=time.time())
    database.run(
        "begin_run",
        run_id=run_id,
        at=time.time(),
        host=socket.gethostname(),
        pid=pid,
        born=process_birth(pid),
        version=version,
        kind=kind,
    )


def finish_run(database: Database, run_id: str, status: str, manifest: str, good_resources: Sequence[str]) -> None:
    """Record how a run ended, with its manifest as JSON.

    What earlier runs, cut short, had left of the resources that succeeded counts as taken up from now on, and not
    before: a crash up to here is recovered from them again.
    """
    with database.transaction():
        for resource in good_resources:
            for earlier in unfinished(database, resource, run_id):
                database.run("settle_resource", run_id=earlier.run_id, resource=resource, by=run_id)
        database.run("finish_run", run_id=run_id, at=time.time(), status=status, manifest=manifest)


def begin_resource(database: Database, run_id: str, resource: str, definition: str) -> None:
    database.run("begin_resource", run_id=run_id, resource=resource, definition=definition, at=time.time())


def finish_resource(
    database: Database, run_id: str, resource: str, status: str, error_code: str = "", error: str = ""
) -> None:
    database.run(
        "finish_resource",
        run_id=run_id,
        resource=resource,
        status=status,
        error_code=error_code or None,
        error=error or None,
        at=time.time(),
    )


def unfinished(database: Database, resource: str, run_id: str) -> list[Unfinished]:
    """Runs of the resource that died before they said how they ended, or failed to see that they had committed, as
    may have this run itself in an earlier attempt; oldest first.
    """
    rows = database.run("unfinished_runs", resource=resource, run_id=run_id)
    return [
        Unfinished(row["run_id"], row["definition"])
        for row in rows
        if row["status"] != "running" or row["run_id"] == run_id or not _lives(row)
    ]


def _lives(run: sqlite3.Row) -> bool:
    """Whether somebody still works on a run; one on another machine shows it by the leases that it beats."""
    silent = float("inf") if run["beat"] is None else time.time() - run["beat"]
    return process_lives(run["host"], run["pid"], run["born"], silent)
