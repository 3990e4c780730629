"""The state as it is, for those who only look: nothing is created, locked, migrated or left behind."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from conduit.errors import StateError
from conduit.state.database import Database


class Snapshot(Database):
    """A state database that cannot be written. One of an earlier release is migrated in memory, not in its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.RLock()
        try:
            self._connection = _opened(path)
            self._connection.row_factory = sqlite3.Row
            if self._is_behind():
                self._connection = _copied(self._connection)
                self._migrate()
        except sqlite3.Error as broken:
            raise StateError(
                f"The state database cannot be read: {broken}.",
                place=str(path),
                remedy="Check the file and its permissions, or name another folder with CONDUIT_HOME.",
            ) from broken


def snapshot(state_dir: Path) -> Snapshot | None:
    """The state in a folder; None where there is none yet. Raises StateError for one that cannot be read."""
    path = state_dir / "state.db"
    return Snapshot(path) if path.exists() else None


def _opened(path: Path) -> sqlite3.Connection:
    # Without a log beside it nobody has the file open, and SQLite need not make one, as it would to guard a reader.
    alone = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=ro{alone}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _copied(source: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    copy.row_factory = sqlite3.Row
    source.backup(copy)
    source.close()
    return copy
