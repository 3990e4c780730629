"""A stop is obeyed at the next batch, with nothing half visible, and the exit code says which signal it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conduit.config.load import load_project
from conduit.core.events import BatchPassed, Event
from conduit.engine.runner import run_project

from .projects import configure, plug, reading, run, start

TEXT = """
sources: [{name: rows, type: pieces, batches: 4, OPTIONS}]
destinations: [{name: lake, type: parquet, path: out/}]
resources: [{name: orders, source: rows, destination: lake, mode: append}]
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_at_the_next_batch(number: signal.Signals, code: int, tmp_path: Path) -> None:
    plug(tmp_path / "plugged")
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    configure(tmp_path, TEXT.replace("OPTIONS", f"gate: {gate}"))
    process = start(tmp_path)
    reading(process, "BatchPassed")
    process.send_signal(number)
    assert process.stderr is not None
    while "stopping at the next batch" not in process.stderr.readline():
        pass
    gate.write_text("go")
    process.communicate(timeout=60)
    assert process.returncode == code
    assert not (tmp_path / "out").exists()
    with sqlite3.connect(tmp_path / ".conduit" / "state.db") as state:
        assert state.execute("SELECT status FROM runs").fetchall() == [("cancelled",)]
        assert state.execute("SELECT state FROM epochs").fetchall() == [("aborted",)]
        assert state.execute("SELECT run_id FROM leases").fetchall() == [(None,)]


@pytest.mark.parametrize("path", ["out/", "out.duckdb"])
def test_a_stop_after_some_batches_undoes_them_in_every_slice(path: str, plugged: Path) -> None:
    text = TEXT.replace("OPTIONS", "pieces: 6")
    if path == "out.duckdb":
        text = text.replace("parquet, path: out/", "duckdb, path: out.duckdb")
    stop = threading.Event()
    seen: list[Event] = []

    def after_three(event: Event) -> None:
        seen.append(event)
        if sum(isinstance(event, BatchPassed) for event in seen) == 3:
            stop.set()

    report = run_project(load_project(configure(plugged, text), environment={}), listen=[after_three], stop=stop)
    assert (report.status, report.exit_code) == ("cancelled", 130)
    assert sum(isinstance(event, BatchPassed) for event in seen) < 24
    assert not (plugged / "out").exists()
    assert run(plugged, text).accounting.written == 240


def test_a_stop_before_the_run_begins_loads_nothing(plugged: Path) -> None:
    stop = threading.Event()
    stop.set()
    project = load_project(configure(plugged, TEXT.replace("OPTIONS", "pieces: 1")), environment={})
    assert run_project(project, stop=stop).status == "cancelled"
    assert not (plugged / "out").exists()


def test_the_rows_that_were_there_stay(plugged: Path) -> None:
    text = TEXT.replace("OPTIONS", "pieces: 1")
    run(plugged, text)
    stop = threading.Event()
    refresh = text.replace("append", "full_refresh")
    project = load_project(configure(plugged, refresh), environment={})
    assert run_project(project, stop=stop, listen=[lambda _: stop.set()]).status == "cancelled"
    assert pq.read_table(plugged / "out").num_rows == 40
