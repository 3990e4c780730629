"""SQLite database files, in and out."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import pyarrow as pa
from pydantic import model_validator

from conduit.connectors._lib.sql import quote, quoted
from conduit.connectors._lib.sql_pushdown import Condition, absorb, holds, where
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
from conduit.connectors._lib.sql_sqlite_rows import batch_of
from conduit.connectors._lib.sql_sqlite_session import SqliteSession, landed_receipt, remove_stage
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
    Options,
    Partition,
    Position,
    Probe,
    ReadRequest,
    Receipt,
    Rows,
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
_FIRST_ROWS, _MOST_ROWS = 1_000, 65_536


class SqliteSourceOptions(Options):
    """Which rows of which file."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(description="The database file.", example="shop.sqlite", aliases=("path", "database"))
    table: str | None = option(None, description="The table or view to read; or give `query`.", example="orders")
    query: str | None = option(
        None, description="A SELECT to read instead of a table.", example="SELECT * FROM orders WHERE paid"
    )
    busy_timeout_seconds: float = option(
        DEFAULT_PATIENCE, description="How long to wait for another process's lock.", example=5, ge=0
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> SqliteSourceOptions:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either `table` or `query`")
        return self


class SqliteSource(Source[SqliteSourceOptions]):
    """Reads a table, in the order of its row ids, or a query, as Arrow batches of one consistent snapshot.

    A column has the Arrow type that its declared type stands for. SQLite may hold any value in it: a row with one that
    does not fit is a reject. A table resumes at a row id; a view or a query is read from the beginning.
    """

    spec = SourceSpec("sqlite", "SQLite database files", resume=True, absorbs=frozenset({"columns", "filter", "limit"}))
    options_model = SqliteSourceOptions

    def probe(self) -> Iterator[Probe]:
        try:
            scan = self.scan(ReadRequest())
        except Exception as failed:
            yield Probe(f"read {self.options.path}", False, str(failed))
        else:
            yield Probe(f"read {self.options.path}", True, f"{len(scan.schema)} columns")

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
        rowid = self._rowid(connection, schema)
        if rowid is None:
            return None
        # Two sub-selects: SQLite answers min and max from the tree only when each stands alone.
        relation = self._relation()
        [(low, high)] = rows_of(
            connection, f"SELECT (SELECT min({rowid}) FROM {relation}), (SELECT max({rowid}) FROM {relation})"
        )
        return 0 if high is None else int(high) - int(low) + 1


class SqliteDestinationOptions(Options):
    """Which file, and where in it."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(
        description="The database file; it is made when it is not there.",
        example="warehouse.sqlite",
        aliases=("path", "database"),
    )
    table: str | None = option(None, description="The table; the resource's name if unset.", example="orders")
    busy_timeout_seconds: float = option(
        DEFAULT_PATIENCE, description="How long to wait for another process's lock.", example=5, ge=0
    )


class SqliteDestination(Destination[SqliteDestinationOptions]):
    """Writes tables of an SQLite file; rows become visible in one transaction, and its journal mode stays as it is.

    `full_refresh` puts a new table in the place of the old one, without its indexes and triggers; views stay.
    `upsert` sees to a unique index on the key; of several rows with one key in a load the last one counts.
    """

    spec = DestinationSpec(
        "sqlite",
        "SQLite database files",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT}),
        Commit.TRANSACTION,
    )
    options_model = SqliteDestinationOptions

    def probe(self) -> Iterator[Probe]:
        path = self.options.path
        folder = os.path.dirname(os.path.abspath(path))
        while not os.path.exists(folder):
            folder = os.path.dirname(folder)
        writable = os.access(folder, os.W_OK) and (not os.path.exists(path) or os.access(path, os.W_OK))
        yield Probe(f"write {path}", writable, f"in {folder}", "" if writable else "Change the permissions.")

    def table(self, resource: str) -> str:
        return self.options.table or resource

    def describe(self, table: str) -> pa.Schema | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection:
            columns = declared_columns(connection, table)
            return arrow_schema(connection, f"main.{quote(table)}", columns) if columns else None

    def reader(self, table: str) -> SqliteSource:
        options = self.options
        return SqliteSource(
            SqliteSourceOptions(path=options.path, table=table, busy_timeout_seconds=options.busy_timeout_seconds)
        )

    def begin(self, job: WriteJob) -> WriteSession:
        options = self.options
        if job.mode not in self.spec.modes:
            raise DestinationError(f"SQLite has no mode {job.mode.value!r}.", place=options.path)
        with explaining(options.path, DestinationError):
            os.makedirs(os.path.dirname(os.path.abspath(options.path)), exist_ok=True)
        return SqliteSession(options.path, options.busy_timeout_seconds, job)

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
