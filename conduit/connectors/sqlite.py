"""SQLite database files, in and out."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pyarrow as pa

from conduit.connectors._lib.job_claims import require_claimed
from conduit.connectors._lib.sql import quote, quoted
from conduit.connectors._lib.sql_options import (
    DatabaseFile,
    NewDatabaseFile,
    TableOrQuery,
    TableToWrite,
    reading_probe,
    writing_probe,
)
from conduit.connectors._lib.sql_pushdown import Condition, absorb, holds, where
from conduit.connectors._lib.sql_sample import sample_by_rowid
from conduit.connectors._lib.sql_sqlite import (
    DEFAULT_PATIENCE,
    arrow_schema,
    declared_columns,
    explaining,
    opened,
    require_table,
    rowid_name,
    rows_of,
)
from conduit.connectors._lib.sql_sqlite_ddl import sqlite_ddl
from conduit.connectors._lib.sql_sqlite_rows import batch_of
from conduit.connectors._lib.sql_sqlite_session import SqliteSession, landed_receipt, remove_stage
from conduit.connectors._lib.sql_sqlite_types import declared_type, stored_type
from conduit.connectors._lib.table_batches import bytes_per_row, cut, file_fingerprint
from conduit.sdk import (
    Commit,
    Comparison,
    Destination,
    DestinationError,
    DestinationSpec,
    Malformed,
    Mark,
    Message,
    Partition,
    Position,
    Probe,
    ReadRequest,
    Receipt,
    Rows,
    Sample,
    Scan,
    Source,
    SourceError,
    SourceSpec,
    WriteJob,
    WriteMode,
    WriteSession,
    option,
)

_QUERY = "conduit_query"
_SAMPLE_BATCH_BYTES = 1 << 20
_FIRST_ROWS, _MOST_ROWS = 1_000, 65_536


class SqliteSourceOptions(TableOrQuery, DatabaseFile):
    """Which rows of which file."""

    busy_timeout_seconds: float = option(
        DEFAULT_PATIENCE, description="How long to wait for another process's lock.", example=5, ge=0
    )


class SqliteSource(Source[SqliteSourceOptions]):
    """Reads a table, in the order of its row ids, or a query, as Arrow batches of one consistent snapshot.

    A column has the Arrow type that its declared type stands for. SQLite may hold any value in it: a row with one that
    does not fit is a reject. A table resumes at a row id; a view or a query is read from the beginning.
    """

    spec = SourceSpec("sqlite", "SQLite database files", resume=True, absorbs=frozenset({"columns", "filter", "limit"}))
    options_model = SqliteSourceOptions

    def probe(self) -> Iterator[Probe]:
        yield from reading_probe(self, self.options.path)

    def scan(self, request: ReadRequest) -> Scan:
        path = self.options.path
        with self._opened() as connection:
            schema = self._schema(connection)
            rows = self._rows_estimate(connection, schema)
        absorbed = absorb(request, schema, _translate, path)
        return Scan(
            schema=pa.schema([schema.field(name) for name in absorbed.columns or schema.names]),
            partitions=(Partition("all", rows_estimate=rows),),
            absorbed=absorbed,
            rows_estimate=rows,
            fingerprint=file_fingerprint(path, f"{path}-wal"),
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        after, seen = _resumed(resume)
        with self._opened() as connection:
            schema = self._schema(connection)
            kept = pa.schema([schema.field(name) for name in request.columns or schema.names])
            rowid = self._rowid(connection, schema)
            conditions, values = where(request, schema, _translate)
            if rowid and after is not None:
                conditions, values = [*conditions, f"{rowid} > ?"], [*values, after]
            select = f"SELECT {rowid or 'NULL'}, {quoted(kept.names)} FROM {self._relation()}"
            text = f"{select}{' WHERE ' + ' AND '.join(conditions) if conditions else ''}"
            if rowid:
                text += f" ORDER BY {rowid}"
            if request.limit is not None:
                text += f" LIMIT {max(request.limit - seen, 0)}"
            # Text as bytearray and blobs as bytes: told apart, and text that is no UTF-8 is a reject and no crash.
            connection.text_factory = bytearray
            cursor = connection.execute(text, values)
            # How wide rows are shows in the first ones.
            width, most = bytes_per_row(kept), _FIRST_ROWS
            while rows := cursor.fetchmany(min(max(request.batch_bytes // width, 1), most)):
                most = _MOST_ROWS
                seen += len(rows)
                good, bad = batch_of(rows, kept, self.options.path)
                width = max(good.nbytes // good.num_rows, 1) if good.num_rows else width
                yield from map(Rows, cut(good, request.batch_bytes))
                if bad is not None:
                    yield Malformed(bad)
                if rowid:
                    yield Mark(Position({"rowid": rows[-1][0], "rows": seen}))

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        """Of a table by the row ids, where those are; of a view or a query its first rows."""
        with self._opened() as connection:
            span = self._span(connection, self._schema(connection))
        asked = replace(scan.absorbed, batch_bytes=_SAMPLE_BATCH_BYTES)
        return sample_by_rowid(partial(self.read, scan.partitions[0], asked), span, rows)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        options = self.options
        with opened(options.path, mode="rw", patience=options.busy_timeout_seconds, blame=SourceError) as connection:
            if options.query:
                # A view tells the declared types of a query's columns, and takes nothing but one SELECT.
                query = options.query.rstrip().rstrip(";")
                connection.execute(f"CREATE TEMP VIEW {_QUERY} AS {query}\n")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection

    def _relation(self) -> str:
        return f"main.{quote(self.options.table)}" if self.options.table else f"temp.{_QUERY}"

    def _schema(self, connection: sqlite3.Connection) -> pa.Schema:
        table = self.options.table
        if table:
            require_table(connection, table, self.options.path, SourceError)
        columns = declared_columns(connection, table or _QUERY, "main" if table else "temp")
        return arrow_schema(connection, self._relation(), columns)

    def _rowid(self, connection: sqlite3.Connection, schema: pa.Schema) -> str | None:
        return rowid_name(connection, self.options.table, schema.names) if self.options.table else None

    def _rows_estimate(self, connection: sqlite3.Connection, schema: pa.Schema) -> int | None:
        """The span of the row ids: exact where none was deleted, and found without counting."""
        span = self._span(connection, schema)
        return None if span is None else span[1] - span[0] + 1

    def _span(self, connection: sqlite3.Connection, schema: pa.Schema) -> tuple[int, int] | None:
        """The first and the last row id, (1, 0) where there is no row; None where there are no row ids."""
        rowid = self._rowid(connection, schema)
        if rowid is None:
            return None
        # Two sub-selects: SQLite answers min and max from the tree only when each stands alone.
        relation = self._relation()
        [(low, high)] = rows_of(
            connection, f"SELECT (SELECT min({rowid}) FROM {relation}), (SELECT max({rowid}) FROM {relation})"
        )
        return (1, 0) if high is None else (int(low), int(high))


class SqliteDestinationOptions(TableToWrite, NewDatabaseFile):
    """Which file, and where in it."""

    busy_timeout_seconds: float = option(
        DEFAULT_PATIENCE, description="How long to wait for another process's lock.", example=5, ge=0
    )


class SqliteDestination(Destination[SqliteDestinationOptions]):
    """Writes tables of an SQLite file; rows become visible in one transaction, and its journal mode stays as it is.

    `full_refresh` puts a new table in the place of the old one, without its indexes and triggers; views stay.
    `upsert` sees to a unique index on the key; of several rows with one key in a load the last one counts.
    Columns are added in the transaction that brings the rows. SQLite cannot change the type of a column or let it be
    NULL without rewriting the table, with all that hangs on it: that is left to you.
    """

    spec = DestinationSpec(
        "sqlite",
        "SQLite database files",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT}),
        Commit.TRANSACTION,
        evolves=frozenset({"add"}),
    )
    options_model = SqliteDestinationOptions

    def probe(self) -> Iterator[Probe]:
        yield from writing_probe(self.options.path, beside=True)

    def table(self, resource: str) -> str:
        return self.options.table or resource

    def place(self, table: str) -> str:
        return f"{self.options.path} ({table})"

    def describe(self, table: str) -> pa.Schema | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection:
            columns = declared_columns(connection, table)
            schema = arrow_schema(connection, f"main.{quote(table)}", columns)
        fields = [field.with_nullable(not column.required) for field, column in zip(schema, columns, strict=True)]
        return pa.schema(fields) if fields else None

    def stored(self, schema: pa.Schema) -> pa.Schema:
        fields = [field.with_type(stored_type(field.type)) for field in schema]
        for field in fields:
            declared_type(field.name, field.type, self.options.path)
        return pa.schema(fields)

    def ddl(self, job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
        if not os.path.exists(self.options.path):
            return sqlite_ddl(job, existing, None)
        with self._opened() as connection:
            return sqlite_ddl(job, existing, connection)

    def reader(self, table: str) -> SqliteSource:
        options = self.options
        return SqliteSource(
            SqliteSourceOptions(path=options.path, table=table, busy_timeout_seconds=options.busy_timeout_seconds)
        )

    def begin(self, job: WriteJob) -> WriteSession:
        options = self.options
        require_claimed(job, self.spec, options.path)
        with explaining(options.path, DestinationError):
            os.makedirs(os.path.dirname(os.path.abspath(options.path)), exist_ok=True)
        return SqliteSession(options.path, options.busy_timeout_seconds, job)

    def discard(self, job: WriteJob) -> None:
        # A load that replaces the table asks nothing of the one that is there.
        super().discard(replace(job, mode=WriteMode.FULL_REFRESH, changes=()))

    def find(self, table: str, token: str) -> Receipt | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection:
            found = landed_receipt(connection, table, token)
            if found is not None:
                # A process that died right after its commit has left the file that it was copied from.
                remove_stage(self.options.path, table, token)
        return found

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        options = self.options
        with opened(
            options.path, mode="rw", patience=options.busy_timeout_seconds, blame=DestinationError
        ) as connection:
            yield connection


def _translate(piece: Comparison, kind: pa.DataType) -> Condition | None:
    """A comparison as SQL. A value of another class than the column's passes, to become a reject and not to vanish."""
    name = quote(piece.column)
    if isinstance(piece.value, int) and holds(kind, piece.value):
        return f"({name} {piece.op} ? OR typeof({name}) NOT IN ('integer', 'null'))", (piece.value,)
    # Only equality: the order of texts depends on the encoding of the database.
    if isinstance(piece.value, str) and pa.types.is_string(kind) and piece.op in ("=", "!="):
        return f"({name} COLLATE BINARY {piece.op} ? OR typeof({name}) NOT IN ('text', 'null'))", (piece.value,)
    return None


def _resumed(resume: Position | None) -> tuple[int | None, int]:
    match resume:
        case None:
            return None, 0
        case Position(value={"rowid": int(rowid), "rows": int(seen)}):
            return rowid, seen
    raise SourceError(f"The position {resume.dumps()} is not one of an SQLite table.")


SOURCE = SqliteSource
DESTINATION = SqliteDestination
