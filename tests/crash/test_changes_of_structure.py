"""A change of structure lands with its rows or not at all, and what is known of it is neither ahead nor behind."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.state.database import Database
from conduit.state.schemas import versions

from .runs import conduit_run

OLD = pa.table({"id": [1], "n": pa.array([1], pa.int32())})
NEW = pa.table({"id": [2], "n": pa.array([7], pa.int32()), "email": ["a@b"]})
WIDER = pa.table({"id": [2], "n": [2**40], "email": ["a@b"]})

BEFORE = ("session.begun", "epoch.begun", "stage.batch", "epoch.staged", "epoch.intended", "commit.before")
AFTER = ("commit.after", "epoch.committed", "epoch.published", "epoch.confirmed", "run.finished")


def _scene(folder: Path, kind: str, contract: str = "evolve") -> None:
    (folder / "ingest.yml").write_text(f"""
sources: [{{name: files, type: parquet, path: in.parquet}}]
destinations: [{{name: shop, type: {kind}, path: shop.db}}]
resources: [{{name: orders, source: files, destination: shop, mode: append, contract: {contract}}}]
""")
    pq.write_table(OLD, folder / "in.parquet")
    assert conduit_run(folder).status == "ok"


def _asked(folder: Path, kind: str, statement: str) -> list[tuple[Any, ...]]:
    """What somebody gets who is not Conduit."""
    connection = sqlite3.connect(folder / "shop.db") if kind == "sqlite" else duckdb.connect(str(folder / "shop.db"))
    try:
        found: list[tuple[Any, ...]] = connection.execute(statement).fetchall()
        if kind == "sqlite":
            connection.commit()
        return found
    finally:
        connection.close()


def _columns(folder: Path, kind: str) -> list[str]:
    table = "pragma_table_info('orders')"
    return [str(name) for (name,) in _asked(folder, kind, f"SELECT name FROM {table} ORDER BY cid")]


def _accepted(folder: Path) -> list[list[str]]:
    database = Database(folder / ".conduit" / "state.db")
    try:
        return [one.schema.names for one in versions(database, "orders")]
    finally:
        database.close()


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
@pytest.mark.parametrize("point", BEFORE)
def test_before_the_commit_the_table_is_as_it_was(point: str, kind: str, tmp_path: Path) -> None:
    _scene(tmp_path, kind)
    pq.write_table(NEW, tmp_path / "in.parquet")
    assert conduit_run(tmp_path, fault=point).code == -signal.SIGKILL
    assert _columns(tmp_path, kind) == ["id", "n"]
    assert _accepted(tmp_path) == [["id", "n"]]
    assert conduit_run(tmp_path).status == "ok"
    assert _asked(tmp_path, kind, "SELECT * FROM orders ORDER BY id") == [(1, 1, None), (2, 7, "a@b")]
    assert _accepted(tmp_path) == [["id", "n"], ["id", "n", "email"]]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
@pytest.mark.parametrize("point", AFTER)
def test_after_it_the_next_run_accepts_the_structure_and_loads_nothing_twice(
    point: str, kind: str, tmp_path: Path
) -> None:
    _scene(tmp_path, kind)
    pq.write_table(NEW, tmp_path / "in.parquet")
    killed = conduit_run(tmp_path, fault=point)
    assert killed.code == -signal.SIGKILL
    assert _columns(tmp_path, kind) == ["id", "n", "email"]
    again = conduit_run(tmp_path)
    assert again.status == "recovered", again.error
    assert _asked(tmp_path, kind, "SELECT * FROM orders ORDER BY id") == [(1, 1, None), (2, 7, "a@b")]
    database = Database(tmp_path / ".conduit" / "state.db")
    found = versions(database, "orders")
    database.close()
    assert [one.schema.names for one in found] == [["id", "n"], ["id", "n", "email"]]
    assert found[-1].run_id == killed.events[0]["run_id"]


def test_a_type_that_was_widened_is_recovered_as_well(tmp_path: Path) -> None:
    _scene(tmp_path, "duckdb")
    pq.write_table(WIDER, tmp_path / "in.parquet")
    assert conduit_run(tmp_path, fault="commit.after").code == -signal.SIGKILL
    assert conduit_run(tmp_path).status == "recovered"
    assert _asked(tmp_path, "duckdb", "SELECT * FROM orders ORDER BY id") == [(1, 1, None), (2, 2**40, "a@b")]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
@pytest.mark.parametrize(
    "meanwhile",
    [
        "ALTER TABLE orders ADD COLUMN email INTEGER",
        "ALTER TABLE orders DROP COLUMN n",
        "ALTER TABLE orders RENAME COLUMN n TO m",
        "DROP TABLE orders",
    ],
)
def test_what_somebody_does_to_the_table_after_a_crash_does_not_lock_the_resource(
    meanwhile: str, kind: str, tmp_path: Path
) -> None:
    """What was staged has to be removed though it would fit the table no more."""
    _scene(tmp_path, kind)
    pq.write_table(NEW, tmp_path / "in.parquet")
    assert conduit_run(tmp_path, fault="epoch.intended").code == -signal.SIGKILL
    _asked(tmp_path, kind, meanwhile)
    pq.write_table(pa.table({"id": [3]}), tmp_path / "in.parquet")
    again = conduit_run(tmp_path)
    assert again.status == "ok", again.error
    assert (3,) in _asked(tmp_path, kind, "SELECT id FROM orders")
    assert _accepted(tmp_path)[-1] == ["id"]


@pytest.mark.parametrize("second", ["recovery.begun", "recovery.found", "recovery.published", "recovery.settled"])
def test_a_recovery_that_is_killed_accepts_once(second: str, tmp_path: Path) -> None:
    _scene(tmp_path, "duckdb")
    pq.write_table(NEW, tmp_path / "in.parquet")
    for point in ("commit.after", second):
        assert conduit_run(tmp_path, fault=point).code == -signal.SIGKILL
    assert conduit_run(tmp_path).status == "recovered"
    assert _accepted(tmp_path) == [["id", "n"], ["id", "n", "email"]]


@pytest.mark.parametrize(
    ("point", "status"),
    [
        ("epoch.staged", "ok"),
        *((after, "recovered") for after in ("epoch.intended", "epoch.published", "run.finished")),
    ],
)
def test_a_load_that_is_rejected_whole_is_rejected_once(point: str, status: str, tmp_path: Path) -> None:
    """Its epoch commits nothing, so no destination knows its token: it has landed with its intent."""
    _scene(tmp_path, "sqlite", "{tables: reject_row}")
    (tmp_path / "shop.db").unlink()
    assert conduit_run(tmp_path, fault=point).code == -signal.SIGKILL
    again = conduit_run(tmp_path)
    assert again.status == status, again.error
    assert again.report["accounting"]["rejected"] == 1
    [file] = (tmp_path / ".conduit" / "dlq").rglob("*.parquet")
    assert not file.name.startswith(".")
    assert pq.ParquetFile(file).metadata.num_rows == 1


def test_a_table_that_came_back_takes_what_was_rejected_for_the_lack_of_it(tmp_path: Path) -> None:
    _scene(tmp_path, "sqlite", "{tables: reject_row}")
    kept = (tmp_path / "shop.db").rename(tmp_path / "kept.db")
    assert conduit_run(tmp_path, fault="epoch.published").code == -signal.SIGKILL
    kept.rename(tmp_path / "shop.db")
    assert conduit_run(tmp_path).status == "ok"
    assert _asked(tmp_path, "sqlite", "SELECT count(*) FROM orders") == [(2,)]
