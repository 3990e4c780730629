"""Who only looks at the state must not create, lock, migrate or leave anything."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

import conduit.state
from conduit.errors import StateError
from conduit.state.database import Database
from conduit.state.runs import begin_run
from conduit.state.schemas import last_accepted
from conduit.state.snapshot import snapshot


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_where_there_is_no_state_none_is_made(tmp_path: Path) -> None:
    assert snapshot(tmp_path / "nowhere") is None
    assert _names(tmp_path) == set()


def test_looking_leaves_no_file_behind_and_cannot_write(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    begin_run(database, "r1", "1.0")
    database.close()
    before = (tmp_path / "state.db").read_bytes()
    state = snapshot(tmp_path)
    assert state is not None
    assert [row["run_id"] for row in state.run("run_history", limit=5)] == ["r1"]
    with pytest.raises(StateError, match="readonly"):
        state.run("interrupt_run", run_id="r1", at=0.0)
    state.close()
    assert (tmp_path / "state.db").read_bytes() == before
    assert _names(tmp_path) == {"state.db"}


def test_what_a_run_at_work_has_written_is_seen(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    begin_run(database, "r1", "1.0")
    assert "state.db-wal" in _names(tmp_path)
    state = snapshot(tmp_path)
    assert state is not None
    assert [row["run_id"] for row in state.run("run_history", limit=5)] == ["r1"]
    state.close()
    begin_run(database, "r2", "1.0")
    database.close()


def test_a_database_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    Database(tmp_path / "state.db").close()
    (tmp_path / "state.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        state = snapshot(tmp_path)
        assert state is not None
        assert last_accepted(state, "orders") is None
        state.close()
    finally:
        tmp_path.chmod(0o700)


def test_one_of_an_earlier_release_is_understood_and_stays_of_that_release(tmp_path: Path) -> None:
    steps = sorted((Path(conduit.state.__path__[0]) / "migrations").glob("*.sql"))
    with sqlite3.connect(tmp_path / "state.db") as old:
        for number, step in enumerate(steps[:2], start=1):
            old.executescript(f"{step.read_text()} PRAGMA user_version = {number};")
    old.close()
    shutil.copy(tmp_path / "state.db", tmp_path / "before.db")
    state = snapshot(tmp_path)
    assert state is not None
    assert last_accepted(state, "orders") is None
    state.close()
    assert (tmp_path / "state.db").read_bytes() == (tmp_path / "before.db").read_bytes()


def test_a_file_that_is_no_database_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("not a database, but as long as a header of one would have to be\n" * 40)
    with pytest.raises(StateError, match=r"cannot be read.*|state\.db"):
        snapshot(tmp_path)
