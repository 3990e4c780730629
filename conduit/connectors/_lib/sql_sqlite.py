"""Opening an SQLite file and saying what went wrong; which tables and columns it has."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from conduit.connectors._lib.sql import quote
from conduit.connectors._lib.sql_sqlite_types import arrow_type, inferred_type
from conduit.errors import ConduitError, FatalError, nearest_name
from conduit.sdk import TransientError

DEFAULT_PATIENCE = 30.0
_SAMPLED_ROWS = 1_000
ROWID_NAMES = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """A column as the table declares it. `key` is its place in the primary key, 0 for none."""

    name: str
    declared: str
    required: bool
    key: int


@contextmanager
def opened(
    path: str, *, mode: Literal["rw", "rwc"], patience: float, blame: type[FatalError]
) -> Iterator[sqlite3.Connection]:
    """A connection without implicit transactions; what goes wrong inside is raised as `blame` or TransientError.

    Readers open with `rw` too: after a crash it is the first reader that rolls back. A file that may only be read is
    opened so by SQLite itself.
    """
    with explaining(path, blame):
        connection = sqlite3.connect(
            f"{Path(os.path.abspath(path)).as_uri()}?mode={mode}",
            uri=True,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def explaining(path: str, blame: type[FatalError]) -> Iterator[None]:
    """Turn what SQLite and the system raise inside into `blame`, or TransientError, that names the file."""
    try:
        yield
    except ConduitError:
        raise
    except sqlite3.Error as failed:
        raise _explained(failed, path, blame) from failed
    except OSError as failed:
        raise blame(f"{failed.strerror or failed}.", place=path) from failed


def rows_of(connection: sqlite3.Connection, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows that the statement gives."""
    return connection.execute(statement, tuple(values)).fetchall()


def declared_columns(connection: sqlite3.Connection, table: str, schema: str = "main") -> list[DeclaredColumn]:
    """The columns of a table or view, generated ones included; none when it is not there."""
    found = rows_of(
        connection,
        'SELECT name, type, "notnull" AND dflt_value IS NULL AND hidden = 0, pk FROM pragma_table_xinfo(?, ?) '
        "WHERE hidden IN (0, 2, 3)",
        (table, schema),
    )
    # NULL in an INTEGER PRIMARY KEY means the next number.
    return [
        DeclaredColumn(name, kind, bool(required) and not (key and kind.upper() == "INTEGER"), key)
        for name, kind, required, key in found
    ]


def arrow_schema(connection: sqlite3.Connection, relation: str, columns: Sequence[DeclaredColumn]) -> pa.Schema:
    """The columns with the Arrow types that they declare, or that the first values show where they declare none."""
    known = {column.name: arrow_type(column.declared) for column in columns}
    if unknown := [column for column in columns if known[column.name] is None]:
        classes = ", ".join(f"typeof({quote(column.name)})" for column in unknown)
        sample = rows_of(connection, f"SELECT {classes} FROM {relation} LIMIT {_SAMPLED_ROWS}")
        for i, column in enumerate(unknown):
            known[column.name] = inferred_type({row[i] for row in sample}, column.declared)
    return pa.schema(list(known.items()))


def require_table(connection: sqlite3.Connection, table: str, path: str, blame: type[FatalError]) -> None:
    """Raise `blame`, offering the nearest name, unless the table or view is there."""
    names = [name for (name,) in rows_of(connection, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    if table.lower() not in (name.lower() for name in names):
        near = nearest_name(table, names)
        known = f"Tables: {', '.join(sorted(names)[:20]) or 'none'}."
        raise blame(f"There is no table {table!r}.", place=path, remedy=f"Did you mean {near!r}?" if near else known)


def rowid_name(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> str | None:
    """The name under which the table's row ids can be read: None for a view, a virtual table or one without them."""
    kind = rows_of(
        connection,
        "SELECT 1 FROM sqlite_master "
        "WHERE type = 'table' AND lower(name) = lower(?) AND sql NOT LIKE 'create virtual%'",
        (table,),
    )
    taken = {column.lower() for column in columns}
    free = next((name for name in ROWID_NAMES if name not in taken), None)
    if not kind or free is None:
        return None
    try:
        connection.execute(f"SELECT {free} FROM {quote(table)} LIMIT 0")
    except sqlite3.OperationalError:
        return None
    return free


def _explained(failed: sqlite3.Error, path: str, blame: type[FatalError]) -> ConduitError:
    code = getattr(failed, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TransientError(
            f"Another process holds a lock on the database ({failed}).",
            place=path,
            remedy="End its transaction, or wait longer with `busy_timeout_seconds`.",
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return blame(f"The file is not an SQLite database, or it is damaged ({failed}).", place=path)
    if code == sqlite3.SQLITE_CANTOPEN and not os.path.exists(path):
        return blame("There is no such database file.", place=path, remedy="Check the path and its spelling.")
    if code == sqlite3.SQLITE_FULL:
        return blame("There is no space left on the device.", place=path, remedy="Free some space.")
    return blame(f"{failed}.", place=path)
