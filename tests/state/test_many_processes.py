"""Fifty runs at once share one state: each row of each of them is there, and nobody is told that it is locked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq

from tests.crash.runs import conduit_run, conduit_runs

NAMES = [f"r{number:02}" for number in range(50)]


def test_fifty_runs_of_different_resources_at_once_lose_nothing(tmp_path: Path) -> None:
    lines = ["sources:", "- {name: rows, type: dummysource, rows: 20}", "destinations:"]
    lines += [f"- {{name: d-{name}, type: parquet, path: out/{name}/}}" for name in NAMES]
    lines += ["resources:", *(f"- {{name: {name}, source: rows, destination: d-{name}}}" for name in NAMES)]
    (tmp_path / "ingest.yml").write_text("\n".join(lines))
    runs = conduit_runs(tmp_path, [("-r", name) for name in NAMES])
    assert [run.status for run in runs] == ["ok"] * len(NAMES)
    assert [pq.read_table(tmp_path / "out" / name).num_rows for name in NAMES] == [20] * len(NAMES)
    with sqlite3.connect(tmp_path / ".conduit" / "state.db") as state:
        assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = state.execute("SELECT resource, status FROM resource_runs ORDER BY resource").fetchall()
        confirmed = state.execute("SELECT count(*) FROM epochs WHERE state = 'confirmed'").fetchone()
        free = state.execute("SELECT count(*) FROM leases WHERE run_id IS NULL").fetchone()
    assert rows == [(name, "ok") for name in NAMES]
    assert confirmed == free == (len(NAMES),)


def test_of_ten_runs_of_one_resource_one_loads_at_a_time_and_the_others_say_so(tmp_path: Path) -> None:
    (tmp_path / "ingest.yml").write_text(
        "sources: [{name: rows, type: dummysource, rows: 20}]\n"
        "destinations: [{name: lake, type: parquet, path: out/}]\n"
        "resources: [{name: orders, source: rows, destination: lake, mode: append}]\n"
    )
    runs = conduit_runs(tmp_path, [()] * 10)
    loaded = [run for run in runs if run.code == 0]
    assert {run.code for run in runs} <= {0, 75}
    assert loaded
    assert pq.read_table(tmp_path / "out").num_rows == 20 * len(loaded)
    assert conduit_run(tmp_path).status == "ok"
