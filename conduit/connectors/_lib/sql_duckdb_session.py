"""One load into DuckDB: parts go to a staging table beside the target, one transaction makes them the target's rows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.sql import free_name, last_of_each_key, latest_first, quote, quoted
from conduit.connectors._lib.sql_commits import create_statement, lookup, record, stage_name
from conduit.connectors._lib.sql_duckdb import DEFAULT_MEMORY, allow_writers, connect, explaining, rows_of
from conduit.connectors._lib.sql_duckdb_tables import table_columns
from conduit.connectors._lib.sql_duckdb_types import column_definitions, stored_batch, stored_schema
from conduit.connectors._lib.table_batches import gathered
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
)

_BATCHES = "_conduit_batches"
# DuckDB encodes a batch of one row group as it is, merges smaller ones, and encodes one of 130,000 rows twice.
_ROW_GROUP_ROWS, _ROW_GROUP_BYTES = 122_880, 32 << 20


class DuckdbSession(WriteSession):
    """One epoch's rows, in a table named after the token until the commit.

    Each part is one INSERT that DuckDB reads from Arrow, compresses on its own threads and writes to the file as it
    goes: memory stays bounded, and a part that fails is rolled back by itself. A column of part numbers tells the
    parts apart. A new or refreshed table then is the staging table, renamed: no row is written twice.
    """

    def __init__(self, path: str, schema: str, memory_limit: str | None, job: WriteJob) -> None:
        require_columns(job)
        if job.mode is WriteMode.UPSERT and "rowid" in (name.lower() for name in job.schema.names):
            raise SchemaError(
                "A column of the name 'rowid' hides DuckDB's own, which an upsert needs.",
                place=job.table,
                remedy="Rename it with `rename:`.",
            )
        self._path, self._schema_name, self._memory_limit, self._job = path, schema, memory_limit, job
        self._schema = stored_schema(job.schema)
        self._part = free_name("_conduit_part", job.schema.names)
        self._columns = column_definitions(job.schema, job.table)
        self._stage = self._qualified(stage_name(job.table, job.token))
        self._target = self._qualified(job.table)
        self._guard = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._connection = self._connect()
        try:
            with explaining(path, DestinationError):
                self._run(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
                self._run(create_statement(schema))
                self._run(f"DROP TABLE IF EXISTS {self._stage}")
                self._require_fit()
        except BaseException:
            self.close()
            raise

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        with self._guard, explaining(self._path, DestinationError):
            self._run(f"CREATE TABLE IF NOT EXISTS {self._stage} ({self._columns}, {quote(self._part)} INTEGER)")
            known = part in self._numbers
            number = self._numbers.setdefault(part, len(self._numbers))
            cursor = self._connection.cursor()
        feed = _Feed(batches, self._schema, self._job.table, self._path)
        try:
            with feed.reraising(), explaining(self._path, DestinationError):
                if known:
                    rows_of(cursor, f"DELETE FROM {self._stage} WHERE {quote(self._part)} = ?", (number,))
                groups = gathered(feed.batches(), _ROW_GROUP_ROWS, _ROW_GROUP_BYTES)
                cursor.register(_BATCHES, pa.RecordBatchReader.from_batches(self._schema, groups))
                names = quoted(self._schema.names)
                insert = f"INSERT INTO {self._stage} SELECT {names}, {number} FROM {_BATCHES}"
                [(taken,)] = rows_of(cursor, insert)
        finally:
            cursor.close()
        if taken != feed.rows:
            raise DestinationError(f"DuckDB took {taken:,} of {feed.rows:,} rows.", place=self._path)
        yield Staged(part, feed.rows, feed.bytes)

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        with explaining(self._path, CommitRejected):
            if (landed := self._landed()) is not None:
                return landed
            self._run(f"CREATE TABLE IF NOT EXISTS {self._stage} ({self._columns}, {quote(self._part)} INTEGER)")
            rows = self._require_staged(staged)
            self._run("BEGIN")
            try:
                self._publish([self._numbers[piece.part] for piece in staged])
                record(self._run, self._schema_name, self._job, rows, positions)
            except BaseException:
                self._run("ROLLBACK")
                raise
        import duckdb

        try:
            failpoint("commit.before")
            self._run("COMMIT")
            failpoint("commit.after")
        except (duckdb.Error, OSError) as failed:
            return self._settled(failed)
        parts = tuple(piece.part for piece in staged)
        return Receipt(self._job.token, rows, sum(piece.bytes for piece in staged), parts, dict(positions))

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        with self._guard, explaining(self._path, DestinationError):
            self._run(f"DROP TABLE IF EXISTS {self._stage}")
            self._numbers.clear()

    def close(self) -> None:
        self._connection.close()

    def _publish(self, parts: Sequence[int]) -> None:
        """Inside the transaction: make the staged rows of these parts the target's, as the mode says."""
        kept = ", ".join(map(str, parts)) or "NULL"
        if len(parts) < len(self._numbers):
            self._run(f"DELETE FROM {self._stage} WHERE ({quote(self._part)} IN ({kept})) IS NOT TRUE")
        names = quoted(self._schema.names)
        exists = bool(self._present())
        match self._job.mode:
            case WriteMode.FULL_REFRESH:
                self._run(f"DROP TABLE IF EXISTS {self._target}")
                self._rename()
            case WriteMode.APPEND if not exists:
                self._rename()
            case WriteMode.APPEND:
                self._require_fit()
                self._run(f"INSERT INTO {self._target} ({names}) SELECT {names} FROM {self._stage}")
                self._run(f"DROP TABLE {self._stage}")
            case WriteMode.UPSERT:
                self._upsert(exists, parts)
                self._run(f"DROP TABLE {self._stage}")
            case other:
                raise DestinationError(f"The mode {other.value!r} is not one of DuckDB's.", place=self._path)

    def _rename(self) -> None:
        self._run(f"ALTER TABLE {self._stage} DROP COLUMN {quote(self._part)}")
        self._run(f"ALTER TABLE {self._stage} RENAME TO {quote(self._job.table)}")

    def _upsert(self, exists: bool, parts: Sequence[int]) -> None:
        """The last of the rows with one key counts, whole; rows whose key is there are updated, the others added."""
        keys, names = self._job.keys, self._schema.names
        if self._run(f"SELECT 1 FROM {self._stage} WHERE {' OR '.join(f'{quote(k)} IS NULL' for k in keys)} LIMIT 1"):
            raise DestinationError(
                f"A row has NULL in its key ({', '.join(keys)}) and cannot be upserted.",
                place=f"{self._path}, table {self._job.table}",
                remedy="Check the key with `not_null`, or choose another one.",
            )
        winners = last_of_each_key(names, keys, self._stage, latest_first(self._part, parts, "rowid"))
        if not exists:
            self._run(f"CREATE TABLE {self._target} ({self._columns}, PRIMARY KEY ({quoted(keys)}))")
            self._run(f"INSERT INTO {self._target} ({quoted(names)}) {winners}")
            return
        self._require_fit()
        self._require_unique(keys)
        # MERGE joins: it needs no index on the target, and INSERT ... ON CONFLICT does.
        chosen = self._job.update_columns
        updated = [name for name in (names if chosen is None else chosen) if name not in keys]
        update = f"WHEN MATCHED THEN UPDATE SET {', '.join(f'{quote(n)} = s.{quote(n)}' for n in updated)} "
        self._run(
            f"MERGE INTO {self._target} AS t USING ({winners}) AS s "
            f"ON {' AND '.join(f't.{quote(k)} = s.{quote(k)}' for k in keys)} {update if updated else ''}"
            f"WHEN NOT MATCHED THEN INSERT ({quoted(names)}) VALUES ({quoted(names, 's.')})"
        )

    def _require_unique(self, keys: Sequence[str]) -> None:
        doubled = self._run(
            f"SELECT {quoted(keys)} FROM {self._target} GROUP BY {quoted(keys)} HAVING count(*) > 1 LIMIT 1"
        )
        if doubled:
            values = ", ".join(f"{key} = {value!r}" for key, value in zip(keys, doubled[0], strict=True))
            raise DestinationError(
                f"The table already holds several rows with the key {values}.",
                place=f"{self._path}, table {self._job.table}",
                remedy="Remove the duplicates, or choose a key that is unique in the table.",
            )

    def _require_staged(self, staged: Sequence[Staged]) -> int:
        """The rows that will land. Raises CommitRejected unless they are what was staged, part by part."""
        counts = self._run(f"SELECT {quote(self._part)}, count(*) FROM {self._stage} GROUP BY ALL")
        found = dict(counts)
        for piece in staged:
            there = found.get(self._numbers.get(piece.part, -1), 0)
            self._numbers.setdefault(piece.part, len(self._numbers))
            if there != piece.rows:
                raise CommitRejected(
                    f"Part {piece.part!r} has {there:,} rows staged and not {piece.rows:,}.",
                    place=f"{self._path}, table {self._job.table}",
                    remedy="Run the load again; nothing of it is visible.",
                )
        return sum(piece.rows for piece in staged)

    def _present(self) -> list[TableColumn]:
        return table_columns(self._connection, self._schema_name, self._job.table)

    def _require_fit(self) -> None:
        if self._job.mode is not WriteMode.FULL_REFRESH and (present := self._present()):
            require_fit(self._job.table, self._schema, present)

    def _landed(self) -> Receipt | None:
        return lookup(self._run, self._schema_name, self._job.table, self._job.token)

    def _settled(self, failed: Exception) -> Receipt:
        """After a COMMIT that raised: look with a new connection whether it landed."""
        try:
            self._connection.close()
            self._connection = self._connect()
            landed = self._landed()
        except Exception as blind:
            raise CommitUnknown(f"The commit was interrupted: {failed}.", place=self._path) from blind
        if landed is None:
            raise CommitRejected(
                f"The commit failed: {failed}.", place=self._path, remedy="The data that was there is untouched."
            ) from failed
        return landed

    def _connect(self) -> Any:
        limit = self._memory_limit or DEFAULT_MEMORY
        connection = connect(self._path, read_only=False, memory_limit=limit, blame=DestinationError)
        if self._memory_limit is None:
            allow_writers(connection, len(self._job.schema) + 1)
        return connection

    def _run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return rows_of(self._connection, statement, values)

    def _qualified(self, table: str) -> str:
        return f"{quote(self._schema_name)}.{quote(table)}"


class _Feed:
    """Batches on their way into DuckDB, counted. What they raise is kept: it comes out of DuckDB as mere text."""

    def __init__(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema, table: str, path: str) -> None:
        self._batches, self._schema, self._table, self._path = batches, schema, table, path
        self._failure: BaseException | None = None
        self.rows = self.bytes = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                stored = stored_batch(batch, self._schema, self._table)
                self.rows += stored.num_rows
                self.bytes += stored.nbytes
                yield stored
                with explaining(self._path, DestinationError):
                    failpoint("stage.batch")
        except BaseException as failure:
            self._failure = failure
            raise

    @contextmanager
    def reraising(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            if self._failure is not None:
                raise self._failure from None
            raise
