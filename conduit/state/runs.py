"""Runs and what they did to each resource, and which of them never said how they ended."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from conduit.state.database import Database
from conduit.state.lease import process_birth, process_lives


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A resource's earlier run that was cut short: its process is gone, its lease is ours."""

    run_id: str
    definition: str


def begin_run(database: Database, run_id: str, version: str) -> None:
    pid = os.getpid()
    database.run(
        "begin_run",
        run_id=run_id,
        at=time.time(),
        host=socket.gethostname(),
        pid=pid,
        born=process_birth(pid),
        version=version,
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
                database.run("close_settled_run", run_id=earlier.run_id, at=time.time())
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
    """Earlier runs of the resource whose process died before it said how the run ended, oldest first."""
    rows = database.run("unfinished_runs", resource=resource, run_id=run_id)
    return [
        Unfinished(row["run_id"], row["definition"])
        for row in rows
        if not process_lives(row["host"], row["pid"], row["born"])
    ]
