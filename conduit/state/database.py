"""The state database: one SQLite file, numbered migrations that only go forward, and named queries."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from conduit.errors import StateError

_HERE = Path(__file__).parent
_BUSY_SECONDS = 30.0


class Database:
    """A connection that several threads share, one transaction at a time. The file is readable by its owner only.

    A transaction is durable when it ends. A single statement survives the death of the process at once, and a loss of
    power from the next transaction on, or from `close`: the log keeps their order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._migrate()
        except (sqlite3.Error, OSError) as broken:
            raise StateError(
                f"The state database cannot be used: {broken}.",
                place=str(path),
                remedy="Check the folder's permissions and its free space, or name another with CONDUIT_HOME.",
            ) from broken
        import threading

        self._guard = threading.RLock()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Database]:
        """Everything inside happens at once or not at all; other processes wait their turn.

        One that need not be `durable` is as lasting as a single statement.
        """
        with self._guard:
            if durable:
                self.execute_text("PRAGMA synchronous = FULL")
            try:
                self.execute_text("BEGIN IMMEDIATE")
                yield self
                self.execute_text("COMMIT")
            except BaseException:
                # SQLite ends the transaction itself on some errors, a full disk among them.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._connection.execute("PRAGMA synchronous = NORMAL")

    def run(self, name: str, **parameters: Any) -> list[sqlite3.Row]:
        """Run a named query of queries.sql and return its rows."""
        with self._guard:
            return self.execute_text(queries()[name], parameters)

    def execute_text(self, sql: str, parameters: dict[str, Any] | None = None) -> list[sqlite3.Row]:
        try:
            return self._connection.execute(sql, parameters or {}).fetchall()
        except sqlite3.Error as failed:
            raise StateError(
                f"The state database refused: {failed}.",
                place=str(self.path),
                remedy="Is the disk full, or does another process hold the file for long?",
            ) from failed

    def close(self) -> None:
        with self._guard:
            self._connection.close()

    def _migrate(self) -> None:
        """Apply what is missing, each step in a transaction of its own that also counts it."""
        if not self._is_behind():
            return
        steps = _steps()
        # Several processes may find the file new at the same time: the first one migrates, the others see it done.
        self._connection.execute("BEGIN EXCLUSIVE")
        try:
            for number in range(self._version(), len(steps)):
                for statement in _statements(steps[number].read_text()):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number + 1}")
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def _is_behind(self) -> bool:
        return self._version() < len(_steps())

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])


@cache
def queries() -> dict[str, str]:
    """The named queries of queries.sql."""
    pieces = re.split(r"^-- name: (\w+)\n", (_HERE / "queries.sql").read_text(), flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(pieces[::2], pieces[1::2], strict=True)}


def _steps() -> list[Path]:
    return sorted((_HERE / "migrations").glob("*.sql"))


def _statements(script: str) -> list[str]:
    without_comments = re.sub(r"--[^\n]*", "", script)
    return [statement.strip() for statement in without_comments.split(";") if statement.strip()]
