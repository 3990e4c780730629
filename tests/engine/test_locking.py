"""One run of a resource at a time: the second one says who holds it and leaves; nobody waits for the dead."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pyarrow.parquet as pq

from .projects import configure, plug, reading, start

TEXT = """
sources:
- {name: rows, type: pieces, gate: GATE}
- {name: others, type: pieces}
destinations:
- {name: lake, type: parquet, path: out/}
- {name: pond, type: parquet, path: others/}
resources:
- {name: orders, source: rows, destination: lake, mode: append}
- {name: customers, source: others, destination: pond, mode: append}
"""


@contextmanager
def _held(folder: Path) -> Iterator[Popen[str]]:
    """A run that is in the middle of `orders` and waits at the gate."""
    plug(folder / "plugged")
    gate = folder / "gate"
    os.mkfifo(gate)
    configure(folder, TEXT.replace("GATE", str(gate)))
    process = start(folder, "-r", "orders")
    try:
        reading(process, "BatchPassed")
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_run_leaves_with_75_and_names_the_holder(tmp_path: Path) -> None:
    with _held(tmp_path) as first:
        second = start(tmp_path, "-r", "orders")
        out, _ = second.communicate(timeout=60)
        assert second.returncode == 75
        assert f"process {first.pid} on {socket.gethostname()}" in out
        assert "since 20" in out
        (tmp_path / "gate").write_text("go")
        first.communicate(timeout=60)
        assert first.returncode == 0
    assert pq.read_table(tmp_path / "out").num_rows == 60


def test_another_resource_runs_meanwhile(tmp_path: Path) -> None:
    with _held(tmp_path):
        other = start(tmp_path, "-r", "customers")
        other.communicate(timeout=60)
        assert other.returncode == 0


def test_a_run_of_both_loads_the_free_one_and_says_that_the_other_is_locked(tmp_path: Path) -> None:
    with _held(tmp_path):
        both = start(tmp_path)
        out, _ = both.communicate(timeout=60)
        assert both.returncode == 4
        assert '"status": "locked"' in out
    assert pq.read_table(tmp_path / "others").num_rows == 60


def test_the_lease_of_a_killed_run_is_taken_over_and_the_user_is_told(tmp_path: Path) -> None:
    with _held(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)
        configure(tmp_path, TEXT.replace("gate: GATE", "pieces: 1"))
        second = start(tmp_path, "-r", "orders")
        out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert f"Took over the lease of process {first.pid} " in out
    with sqlite3.connect(tmp_path / ".conduit" / "state.db") as state:
        rows = state.execute("SELECT status, settled_by IS NOT NULL FROM resource_runs ORDER BY started_at").fetchall()
    assert rows == [("interrupted", 1), ("ok", 0)]
