"""A plan that leaves a trace, a lock or a new file would be a run that nobody asked for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from conduit.config.load import load_project
from conduit.plan.compare import compare
from conduit.plan.plan import plan_project

from .looks import ORDERS, everything_in, loaded, one, planned

DESTINATIONS = {
    "csv file": "type: csv, path: out/orders.csv",
    "csv folder": "type: csv, path: out/",
    "json": "type: json, path: out/orders.jsonl",
    "parquet": "type: parquet, path: out/",
    "duckdb": "type: duckdb, path: out.duckdb",
    "sqlite": "type: sqlite, path: out.sqlite",
}
EVOLVING = "  schema_evolution: {enabled: true}\n  checks: [{column: id, check: unique, action: dlq}]\n"


@pytest.mark.parametrize("to", DESTINATIONS.values(), ids=DESTINATIONS)
def test_before_the_first_load_nothing_comes_into_being(to: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    text = one(to, EVOLVING)
    (tmp_path / "ingest.yml").write_text(text)
    project = load_project(tmp_path / "ingest.yml", environment={})
    before = everything_in(tmp_path)
    plan = plan_project(project)
    compare(project, "orders", "destination")
    assert plan.all_problems == ()
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("to", DESTINATIONS.values(), ids=DESTINATIONS)
@pytest.mark.parametrize("mode", ["append", "full_refresh"])
def test_after_a_load_state_and_data_stay_as_they_are_to_the_byte(to: str, mode: str, tmp_path: Path) -> None:
    """With drift that a run would carry out, and with an open look at what is there."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    text = one(to, f"{EVOLVING}  mode: {mode}\n")
    loaded(tmp_path, text)
    (tmp_path / "orders.csv").write_text("id,name,amount,note\n1,ada,1.5,x\n")
    project = load_project(tmp_path / "ingest.yml", environment={})
    before = everything_in(tmp_path)
    plan = plan_project(project)
    compare(project, "orders")
    compare(project, "orders", "destination")
    assert plan.resource("orders").drift
    assert everything_in(tmp_path) == before


def test_changes_that_are_left_to_a_person_are_told_and_no_migration_is_written(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    text = one("type: duckdb, path: out.duckdb", "  schema_evolution: {enabled: true, mode: manual}\n")
    loaded(tmp_path, text)
    (tmp_path / "orders.csv").write_text("id,name,amount,note\n1,ada,1.5,x\n")
    before = everything_in(tmp_path)
    plan = planned(tmp_path, text)
    structure = plan.resource("orders").structure
    assert structure is not None
    (problem,) = plan.all_problems
    assert (problem.details, plan.exit_code) == (structure.pending, 2)
    assert structure.pending == ('ALTER TABLE "main"."orders" ADD COLUMN "note" VARCHAR',)
    assert structure.changes == structure.ddl == ()
    assert everything_in(tmp_path).keys() == before.keys()


def test_no_lease_is_taken_and_no_run_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    text = one("type: parquet, path: out/")
    loaded(tmp_path, text)

    def recorded() -> list[tuple[object, ...]]:
        with sqlite3.connect(tmp_path / ".conduit" / "state.db") as state:
            return [*state.execute("SELECT * FROM leases"), *state.execute("SELECT run_id, status FROM runs")]

    before = recorded()
    planned(tmp_path, text)
    assert recorded() == before
