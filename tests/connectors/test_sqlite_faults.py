"""An SQLite destination shows all of a load or nothing of it, whatever fails, dies or is in the way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from conduit.sdk import TransientError, WriteJob, WriteMode

from .sqlite_files import NEW, OLD, back, destination, query, tables
from .table_loads import load, load_under_fault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.sqlite"


class TestFaults:
    @pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT])
    @pytest.mark.parametrize(
        ("fault", "landed"), [("stage.batch:3", False), ("commit.before", False), ("commit.after", True)]
    )
    def test_a_killed_load_landed_whole_or_not_at_all_and_leaves_no_file(
        self, path: Path, mode: WriteMode, fault: str, landed: bool
    ) -> None:
        load(destination(path), OLD, "t1", mode, keys=("id",))
        assert load_under_fault("sqlite", path, NEW, mode, fault).returncode == -9
        kept = 0 if mode is WriteMode.FULL_REFRESH else 2
        assert query(path, "SELECT count(*) FROM orders") == [(kept + 300 if landed else 2,)]
        found = destination(path).find("orders", "t2")
        assert (found is not None and found.rows == 300 and found.positions == {"p": 7}) == landed
        if not landed:
            session = destination(path).begin(WriteJob("orders", NEW.schema, mode, "t2", keys=("id",)))
            session.abort(())
            session.close()
        assert tables(path) == {"orders", "_conduit_commits"}
        assert not [file.name for file in path.parent.iterdir() if file.name.startswith(".")]

    def test_a_failure_after_the_commit_is_no_failure(self, path: Path) -> None:
        done = load_under_fault("sqlite", path, NEW, WriteMode.APPEND, "commit.after:1:raise")
        assert (done.returncode, done.stdout.strip()) == (0, "300"), done.stderr

    @pytest.mark.parametrize("fault", ["commit.before:1:full", "stage.batch:2:full"])
    def test_a_full_disk_is_named_with_its_path(self, path: Path, fault: str) -> None:
        load(destination(path), OLD, "t1")
        done = load_under_fault("sqlite", path, NEW, WriteMode.FULL_REFRESH, fault)
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert str(path.parent) in done.stderr
        assert query(path, "SELECT count(*) FROM orders") == [(2,)]

    def test_a_part_that_is_not_committed_is_left_out(self, path: Path) -> None:
        session = destination(path).begin(WriteJob("orders", OLD.schema, WriteMode.APPEND, "t1"))
        list(session.stage("lost", iter(NEW.to_batches())))
        assert session.commit(list(session.stage("kept", iter(OLD.to_batches()))), {}).rows == 2
        session.close()
        assert back(path).equals(OLD)

    def test_a_token_that_landed_is_not_loaded_again(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        assert load(destination(path), NEW, "t1").rows == 2
        assert back(path).equals(OLD)

    def test_a_database_that_another_transaction_holds_is_a_passing_trouble_that_names_it(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TransientError, match="holds a lock") as caught:
            load(destination(path, busy_timeout_seconds=0.05), NEW, "t2")
        assert str(path) in str(caught.value)
        other.close()
        assert back(path).equals(OLD)

    def test_a_reader_that_stays_makes_the_commit_give_up_whole(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM orders").fetchone()
        with pytest.raises(TransientError, match="holds a lock"):
            load(destination(path, busy_timeout_seconds=0.05), NEW, "t2")
        reader.close()
        assert destination(path).find("orders", "t2") is None
        assert load(destination(path), NEW, "t2").rows == 300
