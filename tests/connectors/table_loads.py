"""Moves for tests of database connectors: load a table as a run would, in this process or in one that a fault ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.sdk import Destination, Receipt, SchemaChange, WriteJob, WriteMode

_CHILD = """
import sys, pyarrow as pa
from conduit.registry import destination_class
from conduit.sdk import WriteJob, WriteMode
kind, path, mode, arrow = sys.argv[1:]
table = pa.ipc.open_file(arrow).read_all()
cls = destination_class(kind)
session = cls(cls.options_model(path=path)).begin(
    WriteJob("orders", table.schema, WriteMode(mode), "t2", keys=("id",), run_id="run", resource="orders"))
staged = list(session.stage("0", iter(table.to_batches(max_chunksize=50))))
print(session.commit(staged, {"p": 7}).rows)
"""


def load(
    destination: Destination[Any],
    parts: pa.Table | Iterable[pa.Table],
    token: str = "t1",
    mode: WriteMode = WriteMode.APPEND,
    *,
    table: str = "orders",
    keys: tuple[str, ...] = (),
    update_columns: tuple[str, ...] | None = None,
    changes: tuple[SchemaChange, ...] = (),
) -> Receipt:
    """Begin, stage each table as a part of its own, commit, close."""
    tables = [parts] if isinstance(parts, pa.Table) else list(parts)
    job = WriteJob(
        table, tables[0].schema, mode, token, keys=keys, update_columns=update_columns, resource=table, changes=changes
    )
    session = destination.begin(job)
    try:
        staged = [piece for i, part in enumerate(tables) for piece in session.stage(str(i), iter(part.to_batches()))]
        return session.commit(staged, {"p": 7})
    finally:
        session.close()


def changing(
    schema: pa.Schema, changes: tuple[SchemaChange, ...], mode: WriteMode = WriteMode.APPEND, token: str = "t2"
) -> WriteJob:
    """An order that changes the structure of `orders`; the key of an upsert is `id`."""
    return WriteJob("orders", schema, mode, token, keys=("id",) if mode is WriteMode.UPSERT else (), changes=changes)


def load_under_fault(
    kind: str, path: Path, table: pa.Table, mode: WriteMode, fault: str
) -> subprocess.CompletedProcess[str]:
    """Load in a child process in which the failpoint acts, under the token `t2`."""
    arrow = path.with_suffix(".arrow")
    with pa.OSFile(str(arrow), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return subprocess.run(
        [sys.executable, "-c", _CHILD, kind, str(path), mode.value, str(arrow)],
        env={**os.environ, "CONDUIT_FAULT": fault},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
