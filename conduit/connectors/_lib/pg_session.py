"""One load into PostgreSQL: parts are copied to a staging table, one transaction makes them the target's rows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.pg_commits import (
    claim,
    decided,
    drop_leftovers,
    lock_number,
    lookup,
    prepare_schema,
    record,
)
from conduit.connectors._lib.pg_connect import PgConnection
from conduit.connectors._lib.pg_ddl import require_options
from conduit.connectors._lib.pg_declared import stored_column, stored_schema
from conduit.connectors._lib.pg_encode import HEADER, TRAILER, encoded
from conduit.connectors._lib.pg_fit import require_names, require_room
from conduit.connectors._lib.pg_merge import PART_ROWS
from conduit.connectors._lib.pg_publish import Publication, landing
from conduit.connectors._lib.pg_target import find_target
from conduit.connectors._lib.pg_write_options import PgWriteOptions
from conduit.connectors._lib.sql import free_name, quote
from conduit.connectors._lib.sql_commits import stage_name
from conduit.core.fault import failpoint
from conduit.errors import ConduitError
from conduit.sdk import (
    CommitRejected,
    CommitUnknown,
    DestinationError,
    Json,
    Receipt,
    SchemaError,
    Staged,
    TransientError,
    WriteJob,
    WriteMode,
    WriteSession,
)

_XIDS = 1 << 32
_BORN = "SELECT backend_start::text FROM pg_catalog.pg_stat_activity WHERE pid = $1"
_END = """
SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
 WHERE pid = $1 AND backend_start = $2::text::timestamptz
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """What the staging table holds of a part: the transaction that brought it marks its rows."""

    number: int
    xid: int
    rows: int


class PgSession(WriteSession):
    """One epoch's rows, in a table named after the token until the commit.

    Each call of `stage` has a connection of its own. The first connection stays open from begin to end: it holds the
    lock that says the load lives, and as long as it is there the server has not crashed and emptied what is unlogged.
    """

    def __init__(self, options: PgWriteOptions, job: WriteJob) -> None:
        require_names(job, options)
        require_options(options.table_options, job)
        self._options, self._job = options, job
        self._columns = [name for name in job.schema.names if name not in job.lacking]
        self._schema = stored_schema(pa.schema([job.schema.field(name) for name in self._columns]))
        self._stage = stage_name(job.table, job.token)
        self._order = ""
        if job.mode not in (WriteMode.APPEND, WriteMode.FULL_REFRESH):
            self._order = free_name("_conduit_row", job.schema.names)
        self._parts: dict[str, _Part] = {}
        self._numbers: dict[str, int] = {}
        self._idle: list[PgConnection] = []
        self._guard = threading.Lock()
        self._staging = False
        self._main = self._connect()
        self._place = f"{self._main.place}, table {job.table}"
        try:
            prepare_schema(self._main, options.db_schema)
            claim(self._main, options.db_schema, self._stage)
            self._main.execute(f"DROP TABLE IF EXISTS {self._staged_name}")
            drop_leftovers(self._main, options.db_schema)
            [(self._born,)] = self._main.rows(_BORN, self._main.pid)
            target = find_target(self._main, options.db_schema, job.table)
            require_room(job, options, target)
            self._landing = landing(self._main, options, job, self._schema, target)
        except BaseException:
            self.close()
            raise

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        connection = self._borrow()
        try:
            with self._guard:
                self._open_stage()
                number = self._numbers.setdefault(part, len(self._numbers))
            feed = _Feed(batches, self._schema, self._keys, self._place, number if self._order else None, self._order)
            connection.execute("BEGIN")
            [(xid,)] = connection.rows("SELECT txid_current()")
            if (known := self._parts.get(part)) is not None:
                connection.execute(self._removal([known]))
            names = [*self._columns, *([self._order] if self._order else [])]
            taken = connection.copy_in(self._options.db_schema, self._stage, names, feed.pieces())
            connection.execute("COMMIT")
            if taken != feed.rows:
                raise DestinationError(f"PostgreSQL took {taken:,} of {feed.rows:,} rows.", place=self._place)
            self._parts[part] = _Part(number, xid % _XIDS, taken)
        except BaseException:
            connection.abort()
            raise
        self._give_back(connection)
        yield Staged(part, feed.rows, feed.bytes)

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        options, job = self._options, self._job
        with self._rejecting():
            if (landed := lookup(self._main, options.db_schema, job.table, job.token)) is not None:
                return landed
            self._open_stage()
            rows = self._require(staged)
            self._main.execute("BEGIN")
            try:
                number = lock_number(options.db_schema, job.table)
                self._main.rows("SELECT pg_advisory_xact_lock($1)", number)
                others = [part for name, part in self._parts.items() if name not in {piece.part for piece in staged}]
                if others:
                    self._main.execute(self._removal(others))
                order = tuple(self._parts[piece.part].number for piece in staged)
                self._landing.publish(
                    Publication(self._main, options, job, self._stage, self._columns, self._order, order, rows)
                )
                record(self._main, options.db_schema, job, rows, positions)
                failpoint("commit.before")
            except BaseException:
                with suppress(ConduitError):  # what went wrong first is what has to be told
                    self._main.execute("ROLLBACK")
                raise
        try:
            self._main.execute("COMMIT")
            failpoint("commit.after")
        except ConduitError as failed:
            self._settle(failed)
        parts = tuple(piece.part for piece in staged)
        return Receipt(job.token, rows, sum(piece.bytes for piece in staged), parts, dict(positions))

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        with self._guard:
            drop = f"DROP TABLE IF EXISTS {self._staged_name}"
            try:
                self._main.execute(drop)
            except ConduitError:
                # That connection is lost: what it left is somebody's who can be waited for.
                self._main.abort()
                self._main = self._connect()
                claim(self._main, self._options.db_schema, self._stage)
                self._main.execute(drop)
            self._parts.clear()
            self._staging = False

    def close(self) -> None:
        for connection in (*self._idle, self._main):
            connection.close()
        self._idle.clear()

    @property
    def _staged_name(self) -> str:
        return f"{quote(self._options.db_schema)}.{quote(self._stage)}"

    @property
    def _keys(self) -> tuple[str, ...]:
        return self._job.keys if self._order else ()

    def _open_stage(self) -> None:
        if self._staging:
            return
        self._main.execute(self._landing.staging(self._staged_name, self._schema, self._order))
        self._staging = True

    def _require(self, staged: Sequence[Staged]) -> int:
        """The rows that will land. Raises CommitRejected unless they are what was staged, part by part."""
        for piece in staged:
            there = self._parts.get(piece.part)
            if there is None or there.rows != piece.rows:
                raise CommitRejected(
                    f"Part {piece.part!r} has {there.rows if there else 0:,} rows staged and not {piece.rows:,}.",
                    place=self._place,
                    remedy="Run the load again; nothing of it is visible.",
                )
        return sum(piece.rows for piece in staged)

    def _removal(self, parts: Iterable[_Part]) -> str:
        marks = ", ".join(f"'{part.xid}'" for part in parts)
        return f"DELETE FROM {self._staged_name} WHERE xmin IN ({marks})"

    @contextmanager
    def _rejecting(self) -> Iterator[None]:
        """Before COMMIT is sent nothing can land: what fails is rejected, or may be tried again."""
        try:
            yield
        except (CommitRejected, SchemaError, TransientError):
            raise
        except DestinationError as failed:
            raise CommitRejected(
                failed.message, place=self._place, remedy=failed.remedy or "The data that was there is untouched."
            ) from failed

    def _settle(self, failed: ConduitError) -> None:
        """After a COMMIT that raised: nothing if it landed. Whoever may still be committing is ended first."""
        process = self._main.pid
        try:
            self._main.abort()
            self._main = self._connect()
            self._main.rows(_END, process, self._born)
            landed = decided(self._main, self._options.db_schema, self._job.table, self._job.token)
        except Exception as blind:
            raise CommitUnknown(f"The commit was interrupted: {failed.message}", place=self._place) from blind
        if landed is None:
            raise CommitRejected(
                f"The commit failed: {failed.message}",
                place=self._place,
                remedy=failed.remedy or "The data that was there is untouched.",
            ) from failed

    def _connect(self) -> PgConnection:
        return PgConnection(self._options.address(), DestinationError)

    def _borrow(self) -> PgConnection:
        with self._guard:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: PgConnection) -> None:
        with self._guard:
            self._idle.append(connection)


class _Feed:
    """Batches on their way into COPY, counted; with a part's number its rows are numbered too."""

    def __init__(
        self,
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        keys: Sequence[str],
        place: str,
        number: int | None,
        order: str,
    ) -> None:
        self._batches, self._schema, self._keys, self._place = batches, schema, keys, place
        self._number, self._order = number, order
        self.rows = self.bytes = 0

    def pieces(self) -> Iterator[Any]:
        yield HEADER
        for batch in self._batches:
            stored = [stored_column(batch.column(field.name), field, self._place) for field in self._schema]
            self._require_keys(batch)
            fields = list(self._schema)
            if self._number is not None:
                first = self._number * PART_ROWS + self.rows
                stored.append(pa.arange(first, first + batch.num_rows))
                fields.append(pa.field(self._order, pa.int64()))
            self.rows += batch.num_rows
            self.bytes += batch.nbytes
            yield from encoded(pa.RecordBatch.from_arrays(stored, schema=pa.schema(fields)), self._place)
            failpoint("stage.batch")
        yield TRAILER

    def _require_keys(self, batch: pa.RecordBatch) -> None:
        for key in self._keys:
            if batch.column(key).null_count:
                raise DestinationError(
                    f"A row has NULL in its key ({', '.join(self._keys)}), by which it cannot be found.",
                    place=self._place,
                    remedy="Check the key with `not_null`, or choose another one.",
                )
