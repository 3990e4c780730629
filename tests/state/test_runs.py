"""A run that never said how it ended is told as interrupted, and what it left is taken up exactly once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conduit.state.database import Database
from conduit.state.lease import acquire
from conduit.state.runs import begin_resource, begin_run, finish_resource, finish_run, unfinished


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state.db")


def _died(database: Database, run_id: str, **facts: object) -> None:
    for name, value in {"born": "long ago", **facts}.items():
        database.execute_text(f"UPDATE runs SET {name} = :value WHERE run_id = :run", {"value": value, "run": run_id})


def _status(database: Database, run_id: str) -> str:
    return str(database.execute_text("SELECT status FROM runs WHERE run_id = :run", {"run": run_id})[0][0])


def test_a_run_that_died_before_its_first_resource_is_interrupted(database: Database) -> None:
    begin_run(database, "first", "1.0.0")
    _died(database, "first")
    begin_run(database, "second", "1.0.0")
    assert (_status(database, "first"), _status(database, "second")) == ("interrupted", "running")


def test_a_run_that_lives_is_left_alone(database: Database) -> None:
    begin_run(database, "first", "1.0.0")
    begin_resource(database, "first", "orders", "definition")
    begin_run(database, "second", "1.0.0")
    assert _status(database, "first") == "running"
    assert unfinished(database, "orders", "second") == []


def test_a_run_on_another_machine_lives_as_long_as_it_beats_a_lease(database: Database) -> None:
    begin_run(database, "first", "1.0.0")
    acquire(database, "orders", "first")
    _died(database, "first", host="elsewhere")
    begin_run(database, "second", "1.0.0")
    assert _status(database, "first") == "running"
    database.execute_text("UPDATE leases SET beat = :at", {"at": time.time() - 10_000})
    begin_run(database, "third", "1.0.0")
    assert _status(database, "first") == "interrupted"


def test_what_it_left_is_there_until_a_run_of_the_same_resource_succeeds(database: Database) -> None:
    begin_run(database, "first", "1.0.0")
    for name in ("orders", "customers"):
        begin_resource(database, "first", name, f"definition of {name}")
    finish_resource(database, "first", "orders", "ok")
    _died(database, "first")
    for run, good in (("second", []), ("third", ["orders"]), ("fourth", [])):
        begin_run(database, run, "1.0.0")
        finish_run(database, run, "ok", "{}", good)
        _died(database, run)
        left = {name: [u.definition for u in unfinished(database, name, "last")] for name in ("orders", "customers")}
        assert left["orders"] == (["definition of orders"] if run == "second" else [])
        assert left["customers"] == ["definition of customers"]
    rows = database.execute_text("SELECT resource, status, settled_by FROM resource_runs ORDER BY resource")
    assert [tuple(row) for row in rows] == [("customers", "interrupted", None), ("orders", "ok", "third")]
