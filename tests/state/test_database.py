"""The state is one file that many processes open at once: it is whole, private, and says when it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from conduit.errors import StateError
from conduit.state.database import Database

OPEN = "import sys; from pathlib import Path; from conduit.state.database import Database; sys.stdin.readline(); "
OPEN += "Database(Path(sys.argv[1])).run('running_runs')"


def test_eight_processes_that_find_no_database_make_one(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.db"
    command = [sys.executable, "-c", OPEN, str(path)]
    waiting = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": ":".join(sys.path)}
        )
        for _ in range(8)
    ]
    ended = [process.communicate("go\n", timeout=60) for process in waiting]
    assert [process.returncode for process in waiting] == [0] * 8, ended
    migrations = Path(sys.modules[Database.__module__].__file__ or "").parent / "migrations"
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(list(migrations.glob("*.sql")))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    Database(tmp_path / "state" / "state.db").run("running_runs")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in sorted((tmp_path / "state").iterdir())] == [0o600] * 3


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    insert = "INSERT INTO leases (resource, fence) VALUES (:name, 1)"
    with pytest.raises(StateError, match="UNIQUE"), database.transaction():
        database.execute_text(f"{insert}, (:name, 2)", {"name": "a"})
    with database.transaction():
        database.execute_text(insert, {"name": "b"})
    assert [row["resource"] for row in database.execute_text("SELECT resource FROM leases")] == ["b"]


def test_a_commit_that_fails_is_rolled_back_and_the_next_transaction_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    database.execute_text("PRAGMA foreign_keys = ON")
    database.execute_text("CREATE TABLE later (id REFERENCES runs DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(StateError, match="FOREIGN KEY"), database.transaction():
        database.execute_text("INSERT INTO later VALUES ('nothing')")
    with database.transaction():
        assert database.execute_text("SELECT count(*) FROM later")[0][0] == 0


@pytest.mark.parametrize("hindrance", ["folder", "text"])
def test_a_path_that_cannot_be_a_database_is_named(hindrance: str, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    if hindrance == "folder":
        path.mkdir()
    else:
        path.write_text("not a database, and longer than the header of one " * 40)
    with pytest.raises(StateError) as raised:
        Database(path)
    assert str(path) in str(raised.value)


def test_a_transaction_is_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    """SQLite's levels: 2 is FULL, which waits for the disk at every commit; 1 is NORMAL, which waits with the next."""

    def level(database: Database) -> int:
        return int(database.execute_text("PRAGMA synchronous")[0][0])

    database = Database(tmp_path / "state.db")
    with database.transaction():
        assert level(database) == 2
    assert level(database) == 1
    with database.transaction(durable=False):
        assert level(database) == 1
    with pytest.raises(StateError), database.transaction():
        database.execute_text("INSERT INTO nowhere VALUES (1)")
    assert level(database) == 1
    database.close()
