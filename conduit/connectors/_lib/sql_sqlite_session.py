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

from conduit.connectors._lib.sql import free_name, last_of_each_key, latest_first, quote, quoted
from conduit.connectors._lib.sql_commits import NAME as COMMITS
from conduit.connectors._lib.sql_commits import create_statement, lookup, record, stage_name
from conduit.connectors._lib.sql_sqlite import (
    ROWID_NAMES,
    DeclaredColumn,
    declared_columns,
    explaining,
    opened,
    rows_of,
)
from conduit.connectors._lib.sql_sqlite_types import arrow_type, declared_type, keeps, stored_type, values_of
from conduit.connectors._lib.table_fit import TableColumn, require_columns, require_fit
from conduit.core.fault import failpoint
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
        self._part = free_name("_conduit_part", job.schema.names)
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
        self._numbers: dict[str, int] = {}
        self._stage: sqlite3.Connection | None = None
        with explaining(path, DestinationError):
            remove_stage(path, job.table, job.token)

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        with self._guard, explaining(self._stage_path, DestinationError):
            stage = self._opened_stage()
            if part in self._numbers:
                stage.execute(f"DELETE FROM staged WHERE {quote(self._part)} = ?", (self._numbers[part],))
            number = self._numbers.setdefault(part, len(self._numbers))
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
            self._numbers.clear()
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
        parts = tuple(piece.part for piece in staged)
        return Receipt(self._job.token, rows, sum(piece.bytes for piece in staged), parts, dict(positions))

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
        rows = self._require_staged(connection, staged)
        parts = [self._numbers[piece.part] for piece in staged]
        if len(parts) < len(self._numbers):
            connection.execute(f"DELETE FROM {_STAGE} WHERE {quote(self._part)} NOT IN ({', '.join(map(str, parts))})")
        if job.mode is WriteMode.FULL_REFRESH:
            connection.execute(f"DROP TABLE IF EXISTS {target}")
        exists = bool(declared_columns(connection, job.table))
        if exists and self._fitted(connection) != self._schema:
            raise CommitRejected("The table changed while rows were staged.", place=self._path, remedy="Run it again.")
        key = f", PRIMARY KEY ({quoted(job.keys)})" if job.mode is WriteMode.UPSERT else ""
        if not exists:
            connection.execute(f"CREATE TABLE {target} ({self._columns}{key})")
        if job.mode is WriteMode.UPSERT:
            self._upsert(connection, target, parts)
        else:
            connection.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM {_STAGE}")
        return rows

    def _upsert(self, connection: sqlite3.Connection, target: str, parts: Sequence[int]) -> None:
        """The last of the rows with one key counts, whole; rows whose key is there are updated, the others added."""
        keys, names = self._job.keys, self._schema.names
        nulls = " OR ".join(f"{quote(key)} IS NULL" for key in keys)
        if rows_of(connection, f"SELECT 1 FROM {_STAGE} WHERE {nulls} LIMIT 1"):
            raise DestinationError(
                f"A row has NULL in its key ({', '.join(keys)}) and cannot be upserted.",
                place=f"{self._path}, table {self._job.table}",
                remedy="Check the key with `not_null`, or choose another one.",
            )
        self._require_unique(connection, target, keys)
        chosen = self._job.update_columns
        updated = [name for name in (names if chosen is None else chosen) if name not in keys]
        changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in updated)
        winners = last_of_each_key(names, keys, _STAGE, latest_first(self._part, parts, self._rowid))
        connection.execute(
            f"INSERT INTO {target} ({quoted(names)}) {winners} ON CONFLICT ({quoted(keys)}) "
            f"DO {f'UPDATE SET {changes}' if updated else 'NOTHING'}"
        )

    def _require_unique(self, connection: sqlite3.Connection, target: str, keys: Sequence[str]) -> None:
        """See to a unique index on the key. Raises DestinationError when the rows that are there forbid one."""
        wanted = {key.lower() for key in keys}
        if {c.name.lower() for c in declared_columns(connection, self._job.table) if c.key} == wanted:
            return
        indexes = rows_of(
            connection, 'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (self._job.table,)
        )
        for (index,) in indexes:
            if {
                str(name).lower() for (name,) in rows_of(connection, "SELECT name FROM pragma_index_info(?)", (index,))
            } == wanted:
                return
        name = quote(f"{self._job.table} unique {' '.join(keys)}")
        try:
            connection.execute(f"CREATE UNIQUE INDEX main.{name} ON {quote(self._job.table)} ({quoted(keys)})")
        except sqlite3.IntegrityError as doubled:
            raise DestinationError(
                f"The table already holds several rows with one key ({', '.join(keys)}).",
                place=f"{self._path}, table {self._job.table}",
                remedy="Remove the duplicates, or choose a key that is unique in the table.",
            ) from doubled

    def _require_staged(self, connection: sqlite3.Connection, staged: Sequence[Staged]) -> int:
        """The rows that will land. Raises CommitRejected unless they are what was staged, part by part."""
        counts = dict(rows_of(connection, f"SELECT {quote(self._part)}, count(*) FROM {_STAGE} GROUP BY 1"))
        for piece in staged:
            there = counts.get(self._numbers.setdefault(piece.part, len(self._numbers)), 0)
            if there != piece.rows:
                raise CommitRejected(
                    f"Part {piece.part!r} has {there:,} rows staged and not {piece.rows:,}.",
                    place=f"{self._path}, table {self._job.table}",
                    remedy="Run the load again; nothing of it is visible.",
                )
        return sum(piece.rows for piece in staged)

    def _fitted(self, connection: sqlite3.Connection) -> pa.Schema:
        """The job's columns with the types of the table that is there. Raises SchemaError when they do not fit."""
        schema = pa.schema([(field.name, stored_type(field.type)) for field in self._job.schema])
        present = {column.name.lower(): column for column in declared_columns(connection, self._job.table)}
        if not present:
            return schema
        brought = {field.name.lower(): field.type for field in schema}
        columns = {name: _as_table_column(column, brought.get(name)) for name, column in present.items()}
        require_fit(self._job.table, schema, list(columns.values()))
        for field in schema:
            column = present[field.name.lower()]
            if not keeps(column.declared, field.type):
                raise SchemaError(
                    f"Column {field.name!r} is declared {column.declared}: SQLite would change values of "
                    f"{type_name(field.type)} in it.",
                    place=self._job.table,
                    remedy="Declare the column TEXT, or cast the data to a number.",
                )
        return pa.schema([(field.name, columns[field.name.lower()].type) for field in schema])

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
            self._stage.execute(f"CREATE TABLE IF NOT EXISTS staged ({self._columns}, {quote(self._part)} INTEGER)")
        return self._stage

    def _close_stage(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None


def _as_table_column(column: DeclaredColumn, brought: pa.DataType | None) -> TableColumn:
    """The column with its Arrow type; one that says nothing about its values takes the type of what is brought."""
    return TableColumn(column.name, arrow_type(column.declared) or brought or pa.string(), column.required)
