"""A DuckDB destination shows all of a load or nothing of it, whatever fails, dies or is in the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conduit.errors import ConduitError
from conduit.sdk import TransientError, WriteJob, WriteMode

from .duckdb_files import NEW, OLD, destination, query, tables
from .table_loads import load, load_under_fault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


class TestFaults:
    @pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT])
    @pytest.mark.parametrize(
        ("fault", "landed"), [("stage.batch:3", False), ("commit.before", False), ("commit.after", True)]
    )
    def test_a_killed_load_landed_whole_or_not_at_all(
        self, path: Path, mode: WriteMode, fault: str, landed: bool
    ) -> None:
        load(destination(path), OLD, "t1", mode, keys=("id",))
        assert load_under_fault("duckdb", path, NEW, mode, fault).returncode == -9
        found = destination(path).find("orders", "t2")
        assert (found is not None and found.rows == 300 and found.positions == {"p": 7}) == landed
        kept = 0 if mode is WriteMode.FULL_REFRESH else 2
        assert query(path, "SELECT count(*) FROM orders") == [(kept + 300 if landed else 2,)]
        if not landed:
            session = destination(path).begin(WriteJob("orders", NEW.schema, mode, "t2", keys=("id",)))
            session.abort(())
            session.close()
        assert tables(path) == {"orders", "_conduit_commits"}

    def test_a_failure_after_the_commit_is_no_failure(self, path: Path) -> None:
        done = load_under_fault("duckdb", path, NEW, WriteMode.APPEND, "commit.after:1:raise")
        assert (done.returncode, done.stdout.strip()) == (0, "300"), done.stderr

    @pytest.mark.parametrize("fault", ["commit.before:1:full", "stage.batch:2:full"])
    def test_a_full_disk_is_named_with_its_path(self, path: Path, fault: str) -> None:
        load(destination(path), OLD, "t1")
        done = load_under_fault("duckdb", path, NEW, WriteMode.FULL_REFRESH, fault)
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert str(path) in done.stderr
        assert query(path, "SELECT count(*) FROM orders") == [(2,)]

    def test_a_failed_source_comes_out_as_it_is(self, path: Path) -> None:
        def broken() -> Any:
            yield from OLD.to_batches()
            raise OSError("the source's own trouble")

        session = destination(path).begin(WriteJob("orders", OLD.schema, WriteMode.APPEND, "t1"))
        with pytest.raises(OSError, match="the source's own trouble"):
            list(session.stage("0", broken()))
        assert session.commit(list(session.stage("0", iter(OLD.to_batches()))), {}).rows == 2
        session.close()

    def test_a_part_that_is_not_committed_is_left_out(self, path: Path) -> None:
        session = destination(path).begin(WriteJob("orders", OLD.schema, WriteMode.APPEND, "t1"))
        list(session.stage("lost", iter(NEW.to_batches())))
        assert session.commit(list(session.stage("kept", iter(OLD.to_batches()))), {}).rows == 2
        session.close()
        assert query(path, "SELECT count(*) FROM orders") == [(2,)]

    def test_a_token_that_landed_is_not_loaded_again(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        assert load(destination(path), NEW, "t1").rows == 2
        assert query(path, "SELECT count(*) FROM orders") == [(2,)]

    def test_a_view_in_the_place_of_the_table_is_an_error(self, path: Path) -> None:
        with duckdb.connect(path) as connection:
            connection.execute("CREATE VIEW orders AS SELECT 1 AS id, 'x' AS name")
        with pytest.raises(ConduitError, match="orders"):
            load(destination(path), OLD, "t1", WriteMode.FULL_REFRESH)


def test_a_file_that_another_process_holds_is_a_passing_trouble_that_names_it(path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for attempt in (lambda: load(destination(path), OLD), lambda: destination(path).find("orders", "t1")):
            with pytest.raises(TransientError, match="Another process holds the lock") as caught:
                attempt()
            assert str(path) in str(caught.value)
    finally:
        holder.communicate("\n")
