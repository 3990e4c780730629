"""One load into SQLite: parts go to a file of their own, one transaction copies them into the database."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import repeat

import pyarrow as pa

from conduit.connectors._lib.sql import last_of_each_key, quote, quoted
from conduit.connectors._lib.sql_commits import NAME as COMMITS
from conduit.connectors._lib.sql_commits import create_statement, lookup, record, stage_name
from conduit.connectors._lib.sql_session import StagedParts, updated_columns
from conduit.connectors._lib.sql_sqlite import (
    ROWID_NAMES,
    declared_columns,
    explaining,
    opened,
    rows_of,
)
from conduit.connectors._lib.sql_sqlite_ddl import sqlite_ddl
from conduit.connectors._lib.sql_sqlite_types import arrow_type, declared_type, keeps, stored_type, values_of
from conduit.connectors._lib.table_changes import changed, changes_left
from conduit.connectors._lib.table_fit import require_columns, require_fit
from conduit.core.fault import failpoint
from conduit.errors import FatalError
from conduit.sdk import (
    CommitRejected,
    CommitUnknown,
    DestinationError,
    Json,
    Receipt,
    SchemaError,
    Staged,
    WriteJob,
    WriteMode,
    WriteSession,
    type_name,
)

_CHUNK_ROWS = 8_192
_STAGE = "conduit_stage.staged"


def stage_path(path: str, table: str, token: str) -> str:
    """The hidden file, beside the database, in which the token's rows are staged."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(folder, f".{name}.{stage_name(table, token)}")


def remove_stage(path: str, table: str, token: str) -> None:
    """Remove what is staged under the token, whoever staged it."""
    with suppress(FileNotFoundError):
        os.remove(stage_path(path, table, token))


def landed_receipt(connection: sqlite3.Connection, table: str, token: str) -> Receipt | None:
    """The receipt of a token that landed in `table`, or None."""
    if not declared_columns(connection, COMMITS):
        return None
    return lookup(partial(rows_of, connection), "main", table, token)


class SqliteSession(WriteSession):
    """One epoch's rows, in a hidden file beside the database until the commit.

    Staging in the database itself would lock its other writers, and at times its readers, for as long as the load
    takes. So only the commit touches it: one transaction that copies the rows inside SQLite. The file needs no
    journal; it is worth nothing before the commit, and nothing after it.
    """

    def __init__(self, path: str, patience: float, job: WriteJob) -> None:
        require_columns(job)
        self._path, self._patience, self._job = path, patience, job
        self._stage_path = stage_path(path, job.table, job.token)
        self._parts = StagedParts(job, path)
        taken = {name.lower() for name in job.schema.names}
        self._rowid = next((name for name in ROWID_NAMES if name not in taken), ROWID_NAMES[0])
        self._schema = pa.schema([(field.name, stored_type(field.type)) for field in job.schema])
        if job.mode is not WriteMode.FULL_REFRESH and os.path.exists(path):
            with opened(path, mode="rw", patience=patience, blame=DestinationError) as connection:
                self._schema = self._fitted(connection)
        self._columns = ", ".join(
            f"{quote(field.name)} {quote(declared_type(field.name, field.type, job.table))}" for field in self._schema
        )
        self._guard = threading.Lock()
        self._stage: sqlite3.Connection | None = None
        with explaining(path, DestinationError):
            remove_stage(path, job.table, job.token)

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        with self._guard, explaining(self._stage_path, DestinationError):
            stage = self._opened_stage()
            known, number = part in self._parts, self._parts.number(part)
            if known:
                stage.execute(f"DELETE FROM staged WHERE {quote(self._parts.column)} = ?", (number,))
        insert = f"INSERT INTO staged VALUES ({', '.join('?' * (len(self._schema) + 1))})"
        rows = size = 0
        for batch in batches:
            for start in range(0, batch.num_rows, _CHUNK_ROWS):
                columns = self._values(batch.slice(start, _CHUNK_ROWS))
                with self._guard, explaining(self._stage_path, DestinationError):
                    stage.executemany(insert, zip(*columns, repeat(number)))
            rows, size = rows + batch.num_rows, size + batch.nbytes
            with explaining(self._stage_path, DestinationError):
                failpoint("stage.batch")
        yield Staged(part, rows, size)

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        with explaining(self._stage_path, CommitRejected):
            if self._stage is not None or not os.path.exists(self._stage_path):
                self._opened_stage().execute("COMMIT")
                self._close_stage()
        with opened(self._path, mode="rwc", patience=self._patience, blame=CommitRejected) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("ATTACH DATABASE ? AS conduit_stage", (self._stage_path,))
            connection.execute("PRAGMA conduit_stage.journal_mode = OFF")
            connection.execute("BEGIN IMMEDIATE")
            landed = landed_receipt(connection, self._job.table, self._job.token)
            if landed is None:
                connection.execute(create_statement("main"))
                rows = self._publish(connection, staged)
                record(partial(rows_of, connection), "main", self._job, rows, positions)
                landed = self._committed(connection, staged, rows, positions)
        with explaining(self._stage_path, DestinationError):
            remove_stage(self._path, self._job.table, self._job.token)
        return landed

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        with self._guard, explaining(self._stage_path, DestinationError):
            self._close_stage()
            self._parts.forget()
            remove_stage(self._path, self._job.table, self._job.token)

    def close(self) -> None:
        self._close_stage()

    def _committed(
        self, connection: sqlite3.Connection, staged: Sequence[Staged], rows: int, positions: Mapping[str, Json]
    ) -> Receipt:
        try:
            failpoint("commit.before")
            connection.execute("COMMIT")
            failpoint("commit.after")
        except (sqlite3.Error, OSError) as failed:
            return self._settled(connection, failed)
        return self._parts.receipt(staged, rows, positions)

    def _settled(self, connection: sqlite3.Connection, failed: Exception) -> Receipt:
        """After a COMMIT that raised: give the transaction up, and look whether it landed all the same."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            landed = landed_receipt(connection, self._job.table, self._job.token)
        except sqlite3.Error as blind:
            raise CommitUnknown(f"The commit was interrupted: {failed}.", place=self._path) from blind
        if landed is None:
            with explaining(self._path, CommitRejected):
                raise failed
        return landed

    def _publish(self, connection: sqlite3.Connection, staged: Sequence[Staged]) -> int:
        """Inside the transaction: make the staged rows the target's, as the mode says; their number."""
        job, names = self._job, quoted(self._schema.names)
        target = f"main.{quote(job.table)}"
        execute = partial(rows_of, connection)
        rows = self._parts.require(execute, _STAGE, staged)
        self._parts.remove_others(execute, _STAGE, staged)
        refresh = job.mode is WriteMode.FULL_REFRESH
        if not refresh and not _stored_alike(self._fitted(connection, CommitRejected), self._schema):
            raise CommitRejected("The table changed while rows were staged.", place=self._path, remedy="Run it again.")
        self._change(connection)
        if job.mode is WriteMode.UPSERT:
            self._upsert(connection, target, staged)
        else:
            connection.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM {_STAGE}")
        return rows

    def _upsert(self, connection: sqlite3.Connection, target: str, staged: Sequence[Staged]) -> None:
        """The last of the rows with one key counts, whole; rows whose key is there are updated, the others added."""
        keys, names = self._job.keys, self._schema.names
        self._parts.require_keys(partial(rows_of, connection), _STAGE)
        updated = updated_columns(self._job)
        changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in updated)
        winners = last_of_each_key(names, keys, _STAGE, self._parts.latest_first(staged, self._rowid))
        connection.execute(
            f"INSERT INTO {target} ({quoted(names)}) {winners} ON CONFLICT ({quoted(keys)}) "
            f"DO {f'UPDATE SET {changes}' if updated else 'NOTHING'}"
        )

    def _change(self, connection: sqlite3.Connection) -> None:
        """Make the table, or what it lacks. Raises DestinationError where rows that are there forbid a unique key."""
        existing = self._present(connection)
        for statement in sqlite_ddl(self._job, existing, connection, CommitRejected):
            try:
                connection.execute(statement)
            except sqlite3.IntegrityError as doubled:
                raise DestinationError(
                    f"The table already holds several rows with one key ({', '.join(self._job.keys)}).",
                    place=f"{self._path}, table {self._job.table}",
                    remedy="Remove the duplicates, or choose a key that is unique in the table.",
                ) from doubled

    def _present(self, connection: sqlite3.Connection) -> pa.Schema | None:
        """The table's columns; one whose declared type says nothing takes the type of what is brought."""
        brought = {field.name.lower(): stored_type(field.type) for field in self._job.schema}
        columns = [
            pa.field(
                column.name, arrow_type(column.declared) or brought.get(column.name.lower(), pa.string())
            ).with_nullable(not column.required)
            for column in declared_columns(connection, self._job.table)
        ]
        return pa.schema(columns) if columns else None

    def _fitted(self, connection: sqlite3.Connection, blame: type[FatalError] = SchemaError) -> pa.Schema:
        """The job's columns with the types that the table has for them, once it is changed as the job says.

        Raises SchemaError when they do not fit, `blame` when the table has been changed in another way.
        """
        job = self._job
        schema = pa.schema([(field.name, stored_type(field.type)) for field in job.schema])
        present = self._present(connection)
        if present is None:
            return schema
        left = changes_left(job, present, stored=stored_type, fold_case=True, blame=blame)
        after = changed(present, left, stored=stored_type, fold_case=True)
        require_fit(job.table, schema, after)
        declared = {column.name.lower(): column.declared for column in declared_columns(connection, job.table)}
        for field in schema:
            # What is added is declared for what it holds.
            text = declared.get(field.name.lower())
            if text is not None and not keeps(text, field.type):
                raise SchemaError(
                    f"Column {field.name!r} is declared {text}: SQLite would change values of "
                    f"{type_name(field.type)} in it.",
                    place=job.table,
                    remedy="Declare the column TEXT, or cast the data to a number.",
                )
        types = {field.name.lower(): field.type for field in after}
        return pa.schema([(field.name, types[field.name.lower()]) for field in schema])

    def _values(self, batch: pa.RecordBatch) -> list[list[object]]:
        columns: list[list[object]] = []
        for field in self._schema:
            column = batch.column(field.name)
            if not column.type.equals(field.type):
                column = column.cast(field.type)
            columns.append(list(values_of(column, field.name, self._job.table)))
        return columns

    def _opened_stage(self) -> sqlite3.Connection:
        if self._stage is None:
            os.makedirs(os.path.dirname(self._stage_path), exist_ok=True)
            self._stage = sqlite3.connect(self._stage_path, isolation_level=None, check_same_thread=False)
            self._stage.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;")
            self._stage.execute(
                f"CREATE TABLE IF NOT EXISTS staged ({self._columns}, {quote(self._parts.column)} INTEGER)"
            )
        return self._stage

    def _close_stage(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None


def _stored_alike(now: pa.Schema, staged: pa.Schema) -> bool:
    """Whether what is staged is stored just so in the columns that the table has now."""
    types = pa.types
    return all(
        a.type == b.type
        or all(map(types.is_integer, (a.type, b.type)))
        or all(map(types.is_floating, (a.type, b.type)))
        for a, b in zip(now, staged, strict=True)
    )
