"""Whoever looks at a run sees how the structure differed from the last one, and any run's can be asked for later."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa

from conduit.cli.summary import summary_lines
from conduit.cli.terminal import Terminal
from conduit.core.events import Event, RetryScheduled, SchemaDrifted, ValuesLeftOut
from conduit.engine.tally import Tally
from conduit.schema.gate import LeftOut
from conduit.state.database import Database
from conduit.state.schemas import AcceptedSchema, accepted_by, versions

from .evolving import EVOLVE, books, load

OLD = pa.table({"n": pa.array([1], pa.int32())})
NEW = pa.table({"n": pa.array([2**40]), "email": ["a@b"]})


def _versions(folder: Path) -> list[AcceptedSchema]:
    database = Database(folder / ".conduit" / "state.db")
    try:
        return versions(database, "orders")
    finally:
        database.close()


def test_each_version_is_stored_with_the_run_that_brought_it(tmp_path: Path) -> None:
    reports = [load(tmp_path, data) for data in (OLD, OLD, NEW, NEW)]
    assert [(one.version, one.run_id, one.schema) for one in _versions(tmp_path)] == [
        (1, reports[0].run_id, OLD.schema),
        (2, reports[2].run_id, NEW.schema),
    ]
    database = Database(tmp_path / ".conduit" / "state.db")
    found = [accepted_by(database, "orders", report.run_id) for report in reports]
    database.close()
    assert [one and one.version for one in found] == [1, 1, 2, 2]


def test_an_event_tells_the_drift_and_what_changes_for_it(tmp_path: Path) -> None:
    events: list[Event] = []
    load(tmp_path, OLD, events=events)
    load(tmp_path, OLD, events=events)
    assert [event for event in events if isinstance(event, SchemaDrifted)] == []
    report = load(tmp_path, NEW, events=events)
    told = {event.against: event for event in events if isinstance(event, SchemaDrifted)}
    assert set(told) == {"last", "destination"}
    assert told["last"].summary == "1 added (email), 1 widened (n: int32 -> int64)"
    assert {(column["name"], column["kind"]) for column in told["last"].drift["columns"]} == {
        ("n", "widened"),
        ("email", "added"),
    }
    assert len(told["last"].ddl) == 2
    assert any("ADD COLUMN" in statement for statement in told["last"].ddl)
    json.dumps(told["last"].as_dict())
    [resource] = report.as_dict()["resources"]
    assert [drifted["against"] for drifted in resource["drifts"]] == ["last", "destination"]


def test_the_summary_and_the_manifest_have_it(tmp_path: Path) -> None:
    load(tmp_path, OLD)
    report = load(tmp_path, NEW)
    summary = " ".join(" ".join(summary_lines(report, Terminal())).split())
    assert "orders: schema: 1 added (email), 1 widened (n: int32 -> int64)" in summary
    with sqlite3.connect(tmp_path / ".conduit" / "state.db") as state:
        [manifest] = state.execute("SELECT manifest FROM runs ORDER BY started_at DESC LIMIT 1").fetchone()
    assert json.loads(manifest)["resources"][0]["drifts"][0]["summary"] == report.resources[0].drifts[0].summary


def test_a_column_of_the_table_that_the_data_never_had_is_no_news(tmp_path: Path) -> None:
    load(tmp_path, OLD)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as shop:
        shop.execute("ALTER TABLE orders ADD COLUMN loaded_at TIMESTAMP DEFAULT now()")
    report = load(tmp_path, OLD, "mode: append")
    assert [drifted.against for drifted in report.resources[0].drifts] == ["destination"]
    assert "schema:" not in " ".join(summary_lines(report, Terminal()))


def test_what_a_failed_load_looked_like_is_not_accepted(tmp_path: Path) -> None:
    load(tmp_path, OLD)
    keys = f"{EVOLVE}, quality_checks: [{{column: email, check: enum, allowed_values: [x], action: fail}}]"
    assert load(tmp_path, NEW, keys).status == "quality"
    assert [one.version for one in _versions(tmp_path)] == [1]
    assert load(tmp_path, NEW).resources[0].drifts[0].summary.startswith("1 added (email)")


def test_a_dry_run_accepts_nothing(tmp_path: Path) -> None:
    load(tmp_path, OLD)
    load(tmp_path, NEW, dry_run=True)
    assert [one.version for one in _versions(tmp_path)] == [1]


def test_loads_without_a_contract_are_remembered_too(tmp_path: Path) -> None:
    assert books(load(tmp_path, OLD, "mode: full_refresh")) == (1, 1, 0)
    report = load(tmp_path, NEW, "mode: full_refresh")
    assert [drifted.against for drifted in report.resources[0].drifts] == ["last"]
    assert len(_versions(tmp_path)) == 2


def test_a_column_that_the_contract_leaves_out_is_not_accepted(tmp_path: Path) -> None:
    keys = "mode: append, contract: {columns: reject_value}"
    for data in ({"id": [1]}, {"id": [2], "email": ["a@b"]}):
        load(tmp_path, data, keys)
    [only] = _versions(tmp_path)
    assert only.schema.names == ["id"]


def test_what_an_attempt_told_that_is_made_again_does_not_count_twice() -> None:
    tally = Tally("orders")
    drifted = SchemaDrifted(resource="orders", against="last", drift={}, summary="1 added (email)")
    left_out = ValuesLeftOut(resource="orders", column="email", count=2)
    retried = RetryScheduled(resource="orders", attempt=2, wait_seconds=0.0, cause="locked")
    for event in (drifted, left_out, retried, drifted, left_out, left_out):
        tally(event)
    assert [one.summary for one in tally.drifts] == ["1 added (email)"]
    assert tally.left_out == (LeftOut("email", 4),)
