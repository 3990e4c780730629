"""Between the look at a table and the commit somebody may change it: then nothing lands, and nothing is left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.config.load import load_project
from conduit.core.events import BatchPassed, Event, ResourceStarted
from conduit.engine.report import RunReport
from conduit.engine.runner import run_project
from conduit.errors import FatalError

from .evolving import DUCKDB, SQLITE, load

NEW = pa.table({"id": [2], "n": pa.array([7], pa.int32()), "email": ["a@b"]})


def _meanwhile(folder: Path, kind: str, when: type[Event], act: Callable[[], None]) -> RunReport:
    """Load NEW, and `act` once at the event."""
    old = pa.table({"id": [1], "n": pa.array([1], pa.int32())})
    assert load(folder, old, destination=DUCKDB if kind == "duckdb" else SQLITE).ok
    pq.write_table(NEW, folder / "in.parquet")
    seen: list[Event] = []

    def hear(event: Event) -> None:
        if isinstance(event, when) and not seen:
            seen.append(event)
            act()

    return run_project(load_project(folder / "ingest.yml", environment={}), listen=[hear])


def _asked(folder: Path, kind: str, statement: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]]
    if kind == "duckdb":
        with duckdb.connect(str(folder / "shop.duckdb")) as shop:
            found = shop.execute(statement).fetchall()
    else:
        with closing(sqlite3.connect(folder / "shop.sqlite")) as other, other:
            found = other.execute(statement).fetchall()
    return found


@pytest.mark.parametrize(
    ("kind", "when"), [("duckdb", ResourceStarted), ("sqlite", ResourceStarted), ("sqlite", BatchPassed)]
)
@pytest.mark.parametrize(
    "statement",
    ["ALTER TABLE orders ADD COLUMN email INTEGER", "ALTER TABLE orders RENAME COLUMN n TO m"],
)
def test_a_table_that_does_not_fit_any_more_fails_the_load_and_the_next_one_works(
    statement: str, when: type[Event], kind: str, tmp_path: Path
) -> None:
    def change() -> None:
        _asked(tmp_path, kind, statement)

    report = _meanwhile(tmp_path, kind, when, change)
    error = report.resources[0].error
    assert isinstance(error, FatalError), error
    assert report.status == "failed"
    assert _asked(tmp_path, kind, "SELECT id FROM orders") == [(1,)]
    tables = "duckdb_tables()" if kind == "duckdb" else "sqlite_master"
    name = "table_name" if kind == "duckdb" else "name"
    left = {str(found) for (found,) in _asked(tmp_path, kind, f"SELECT {name} FROM {tables}")}
    assert not any("stage" in found for found in left), left
    assert [path.name for path in tmp_path.glob(".shop*")] == []
    assert load(tmp_path, {"id": [3]}, destination=DUCKDB if kind == "duckdb" else SQLITE).ok


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_change_that_somebody_has_made_the_same_way_is_no_obstacle(kind: str, tmp_path: Path) -> None:
    def change() -> None:
        _asked(tmp_path, kind, "ALTER TABLE orders ADD COLUMN email VARCHAR")

    assert _meanwhile(tmp_path, kind, ResourceStarted, change).ok
    assert _asked(tmp_path, kind, "SELECT * FROM orders ORDER BY id") == [(1, 1, None), (2, 7, "a@b")]
