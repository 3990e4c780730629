"""One load into DuckDB: parts go to a staging table beside the target, one transaction makes them the target's rows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.sql import last_of_each_key, quote, quoted
from conduit.connectors._lib.sql_commits import create_statement, lookup, record, stage_name
from conduit.connectors._lib.sql_duckdb import DEFAULT_MEMORY, allow_writers, connect, explaining, rows_of
from conduit.connectors._lib.sql_duckdb_tables import duckdb_ddl, table_schema
from conduit.connectors._lib.sql_duckdb_types import column_definitions, stored_batch, stored_schema, stored_type
from conduit.connectors._lib.sql_session import StagedParts, updated_columns
from conduit.connectors._lib.table_batches import gathered
from conduit.connectors._lib.table_changes import changed, changes_left
from conduit.connectors._lib.table_fit import require_columns, require_fit
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
        self._parts = StagedParts(job, path)
        self._columns = column_definitions(job.schema, job.table)
        self._stage = self._qualified(stage_name(job.table, job.token))
        self._target = self._qualified(job.table)
        self._guard = threading.Lock()
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
            self._open_stage()
            known, number = part in self._parts, self._parts.number(part)
            cursor = self._connection.cursor()
        feed = _Feed(batches, self._schema, self._job.table, self._path)
        try:
            with feed.reraising(), explaining(self._path, DestinationError):
                if known:
                    rows_of(cursor, f"DELETE FROM {self._stage} WHERE {quote(self._parts.column)} = ?", (number,))
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
            self._open_stage()
            rows = self._parts.require(self._run, self._stage, staged)
            self._run("BEGIN")
            try:
                self._publish(staged)
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
        return self._parts.receipt(staged, rows, positions)

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        with self._guard, explaining(self._path, DestinationError):
            self._run(f"DROP TABLE IF EXISTS {self._stage}")
            self._parts.forget()

    def close(self) -> None:
        self._connection.close()

    def _open_stage(self) -> None:
        columns = f"{self._columns}, {quote(self._parts.column)} INTEGER"
        self._run(f"CREATE TABLE IF NOT EXISTS {self._stage} ({columns})")

    def _publish(self, staged: Sequence[Staged]) -> None:
        """Inside the transaction: make the staged rows of these parts the target's, as the mode says."""
        self._parts.remove_others(self._run, self._stage, staged)
        existing = self._present()
        statements = duckdb_ddl(self._schema_name, self._job, existing, CommitRejected)
        if self._job.mode is WriteMode.FULL_REFRESH or (existing is None and self._job.mode is WriteMode.APPEND):
            # The staging table, renamed, is what the last statement would make.
            self._change(statements[:-1])
            self._run(f"ALTER TABLE {self._stage} DROP COLUMN {quote(self._parts.column)}")
            self._run(f"ALTER TABLE {self._stage} RENAME TO {quote(self._job.table)}")
            return
        self._change(statements)
        self._require_fit()
        if self._job.mode is WriteMode.UPSERT:
            self._upsert(staged, fresh=existing is None)
        else:
            names = quoted(self._schema.names)
            self._run(f"INSERT INTO {self._target} ({names}) SELECT {names} FROM {self._stage}")
        self._run(f"DROP TABLE {self._stage}")

    def _change(self, statements: Sequence[str]) -> None:
        """Run what changes the structure. Raises CommitRejected, with what to do, where something depends on it."""
        import duckdb

        for statement in statements:
            try:
                self._run(statement)
            except (duckdb.BinderException, duckdb.CatalogException, duckdb.DependencyException) as refused:
                raise CommitRejected(
                    f"DuckDB does not change the table: {str(refused).splitlines()[0]}",
                    place=f"{self._path}, table {self._job.table}",
                    remedy="Nothing was changed. Drop the index or the constraint that stands in the way, run "
                    f"`{statement}`, and create it again; or refresh the table in full.",
                ) from refused

    def _upsert(self, staged: Sequence[Staged], *, fresh: bool) -> None:
        """The last of the rows with one key counts, whole; rows whose key is there are updated, the others added."""
        keys, names = self._job.keys, self._schema.names
        self._parts.require_keys(self._run, self._stage)
        winners = last_of_each_key(names, keys, self._stage, self._parts.latest_first(staged, "rowid"))
        if fresh:
            self._run(f"INSERT INTO {self._target} ({quoted(names)}) {winners}")
            return
        self._require_unique(keys)
        # MERGE joins: it needs no index on the target, and INSERT ... ON CONFLICT does.
        updated = updated_columns(self._job)
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

    def _present(self) -> pa.Schema | None:
        return table_schema(self._connection, self._schema_name, self._job.table)

    def _require_fit(self) -> None:
        """Raise SchemaError unless the rows fit the table as it will be once the job's changes are made."""
        if (present := self._present()) is not None and self._job.mode is not WriteMode.FULL_REFRESH:
            left = changes_left(self._job, present, stored=stored_type, fold_case=True)
            after = changed(present, left, stored=stored_type, fold_case=True)
            require_fit(self._job.table, self._schema, after)

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
