"""What was sent again counts once its epoch is confirmed: a mark too early loses a row, one too late doubles it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.core.accounting import Accounting
from conduit.core.destination import WriteJob
from conduit.core.spec import WriteMode
from conduit.state import database as module
from conduit.state.database import Database
from conduit.state.epochs import Epoch, abandon, begin_epoch, confirm, intend
from conduit.state.lease import Lease, acquire
from conduit.state.reject_jobs import RejectJob, reject_job
from conduit.state.replays import RowMasks, replayed_in, replayed_rejects
from conduit.state.runs import begin_run


def _job(token: str) -> WriteJob:
    return WriteJob("orders", pa.schema([("id", pa.int64())]), WriteMode.APPEND, token, run_id="r", resource="orders")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "state.db")
    begin_run(database, "r", "1", "replay")
    return database


def _begun(database: Database, token: str, rows: RowMasks) -> Lease:
    lease = acquire(database, f"orders-{token}", "r")
    begin_epoch(database, lease, Epoch(_job(token), replays=rows))
    return lease


@pytest.mark.parametrize("count", [1, 7, 8, 9, 64, 1000])
def test_rows_count_from_the_confirmation_on_and_are_the_same_ones(count: int, database: Database) -> None:
    mask = pa.array([i % 3 == 0 for i in range(count)])
    lease = _begun(database, "t", {"f-0001": mask})
    assert replayed_rejects(database) == {}
    intend(database, lease, "t", Accounting(), {})
    assert replayed_rejects(database) == {}
    confirm(database, lease, "t")
    assert replayed_rejects(database)["f-0001"].to_pylist() == mask.to_pylist()


def test_a_slice_of_a_longer_mask_keeps_its_own_rows(database: Database) -> None:
    mask = pa.array([False] * 5 + [True, False, True]).slice(5)
    confirm(database, _begun(database, "t", {"f": mask}), "t")
    assert replayed_rejects(database)["f"].to_pylist() == [True, False, True]


def test_several_epochs_add_up_and_one_that_was_undone_does_not_count(database: Database) -> None:
    confirm(database, _begun(database, "a", {"f": pa.array([True, False, False])}), "a")
    confirm(database, _begun(database, "b", {"f": pa.array([False, True, False])}), "b")
    abandon(database, _begun(database, "c", {"f": pa.array([False, False, True])}), "c")
    assert replayed_rejects(database)["f"].to_pylist() == [True, True, False]


def test_a_folder_without_a_state_stays_without_one(tmp_path: Path) -> None:
    assert replayed_in(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_where_rejects_go_is_known_to_who_finds_the_epoch(database: Database) -> None:
    lease = acquire(database, "orders", "r")
    kept = RejectJob("aside", _job("t-rejects"))
    begin_epoch(database, lease, Epoch(_job("t"), rejects=kept))
    assert reject_job(database, "t") == kept
    assert reject_job(database, "other") is None


def test_a_state_of_the_first_version_is_brought_up_to_date_and_its_runs_are_loads(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path)
    connection.executescript((Path(module.__file__).parent / "migrations" / "0001_initial.sql").read_text())
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO runs (run_id, started_at, status, host, pid, born, version) "
                       "VALUES ('old', 0, 'ok', 'h', 1, '', '1')")  # fmt: skip
    connection.commit()
    connection.close()
    database = Database(path)
    assert [row["kind"] for row in database.execute_text("SELECT kind FROM runs")] == ["load"]
    assert replayed_rejects(database) == {}
