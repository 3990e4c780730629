"""Opening a DuckDB file, within a memory limit and beside whoever has it open, and saying what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conduit.errors import ConduitError, FatalError
from conduit.sdk import TransientError

if TYPE_CHECKING:
    import duckdb

DEFAULT_MEMORY = "256MB"
# DuckDB reserves four times 4 MiB for each column and thread beyond the first before a second thread may write rows
# in their order; what it then uses is less.
_MIB_PER_COLUMN, _MOST_WRITERS = 20, 8
_OTHER_SETTINGS = "different configuration"
_LOCKED = "could not set lock"


def connect(path: str, *, read_only: bool, memory_limit: str, blame: type[FatalError]) -> duckdb.DuckDBPyConnection:
    """A connection to the file, UTC its time zone. Raises TransientError when another process holds the file.

    DuckDB has one instance per file and process, and takes only equal settings. Ours are tried first; when the
    process has the file open with others (a notebook, the other end of this very load), that instance is shared.
    """
    import duckdb

    ours = {"memory_limit": memory_limit}
    ways: list[tuple[bool, dict[str, str]]] = [(read_only, ours)]
    ways += [(False, ours), (False, {}), (True, {})] if read_only else [(False, {})]
    with explaining(path, blame):
        for shares_read_only, config in ways:
            try:
                connection = duckdb.connect(os.path.abspath(path), read_only=shares_read_only, config=config)
            except duckdb.ConnectionException as refused:
                if _OTHER_SETTINGS not in str(refused):
                    raise
            else:
                connection.execute("SET TimeZone = 'UTC'")
                # Else a name in the user's SQL could mean a variable of the program.
                connection.execute("SET python_enable_replacements = false")
                return connection
    raise TransientError(
        "This process has the database open with other settings.",
        place=path,
        remedy="Close that connection, or give both ends of the load the same `memory_limit`.",
    )


def rows_of(connection: duckdb.DuckDBPyConnection, statement: str, values: Any = ()) -> list[tuple[Any, ...]]:
    """All rows that the statement gives; fetching them all also sets the connection free for the next one."""
    found: list[tuple[Any, ...]] = connection.execute(statement, list(values)).fetchall()
    return found


def allow_writers(connection: duckdb.DuckDBPyConnection, columns: int) -> None:
    """Raise the memory limit, where it is lower, to what DuckDB's threads need to write one table side by side.

    It is set after connecting: a connection with the usual settings still shares the instance.
    """
    [(threads, limit)] = rows_of(
        connection, "SELECT current_setting('threads'), parse_formatted_bytes(current_setting('memory_limit'))"
    )
    wanted = _MIB_PER_COLUMN * columns * (min(threads, _MOST_WRITERS) - 1)
    if wanted << 20 > limit:
        connection.execute(f"SET memory_limit = '{wanted}MiB'")


@contextmanager
def explaining(path: str, blame: type[FatalError]) -> Iterator[None]:
    """Turn what DuckDB and the system raise inside into `blame`, or TransientError, that names the file."""
    import duckdb

    try:
        yield
    except ConduitError:
        raise
    except duckdb.Error as failed:
        raise _explained(failed, path, blame) from failed
    except OSError as failed:
        raise blame(f"{failed.strerror or failed}.", place=path) from failed


def _explained(failed: duckdb.Error, path: str, blame: type[FatalError]) -> ConduitError:
    import duckdb

    said = str(failed).split("\n", 1)[0].strip()
    if _LOCKED in said.lower():
        return TransientError(
            f"Another process holds the lock on the database: {said}",
            place=path,
            remedy="DuckDB lets one process write at a time: end the other one, or wait for it.",
        )
    if isinstance(failed, duckdb.TransactionException):
        return TransientError(f"Another transaction was in the way: {said}", place=path)
    if isinstance(failed, duckdb.OutOfMemoryException):
        return blame(said, place=path, remedy="Raise the option `memory_limit`, or free disk space for spilling.")
    if "not a valid duckdb database" in said.lower():
        return blame("The file is not a DuckDB database, or it is damaged.", place=path)
    return blame(said, place=path)
