"""DuckDB database files, in and out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import model_validator

from conduit.connectors._lib.sql import free_name, quote, quoted, subselect
from conduit.connectors._lib.sql_commits import NAME as COMMITS
from conduit.connectors._lib.sql_commits import lookup
from conduit.connectors._lib.sql_duckdb import DEFAULT_MEMORY, connect, explaining, rows_of
from conduit.connectors._lib.sql_duckdb_session import DuckdbSession
from conduit.connectors._lib.sql_duckdb_tables import require_table, table_columns
from conduit.connectors._lib.sql_pushdown import Condition, absorb, holds, where
from conduit.connectors._lib.table_batches import bytes_per_row, cut, file_fingerprint
from conduit.sdk import (
    Commit,
    Comparison,
    Destination,
    DestinationError,
    DestinationSpec,
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

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = r"^\d+(\.\d+)?\s*([KMGT]i?B)$"
_MOST_ROWS, _SAMPLED_ROWS = 122_880, 1_024


class DuckdbSourceOptions(Options):
    """Which rows of which file."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(description="The database file.", example="shop.duckdb", aliases=("path", "database"))
    table: str | None = option(None, description="The table or view to read; or give `query`.", example="orders")
    query: str | None = option(
        None, description="A SELECT to read instead of a table.", example="SELECT * FROM orders WHERE paid"
    )
    db_schema: str = option(
        "main", description="The schema that the table is in.", example="sales", aliases=("schema", "db_schema")
    )
    memory_limit: str = option(
        DEFAULT_MEMORY, description="The most memory that DuckDB uses before it spills.", example="1GB", pattern=_MEMORY
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> DuckdbSourceOptions:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either `table` or `query`")
        return self


class DuckdbSource(Source[DuckdbSourceOptions]):
    """Reads a table, in the order of its row ids, or a query, as a stream of Arrow batches.

    The file is opened read-only. A table resumes at a row id; a view or a query is read from the beginning.
    """

    spec = SourceSpec("duckdb", "DuckDB database files", resume=True, absorbs=frozenset({"columns", "filter", "limit"}))
    options_model = DuckdbSourceOptions

    def probe(self) -> Iterator[Probe]:
        try:
            scan = self.scan(ReadRequest())
        except Exception as failed:
            yield Probe(f"read {self.options.path}", False, str(failed))
        else:
            yield Probe(f"read {self.options.path}", True, f"{len(scan.schema)} columns")

    def scan(self, request: ReadRequest) -> Scan:
        path = self.options.path
        with self._opened() as connection, explaining(path, SourceError):
            schema = self._schema(connection)
            rows = self._rows_estimate(connection)
        absorbed = absorb(request, schema, _translate, path)
        return Scan(
            schema=pa.schema([schema.field(name) for name in absorbed.columns or schema.names]),
            partitions=(Partition("all", rows_estimate=rows),),
            absorbed=absorbed,
            rows_estimate=rows,
            fingerprint=file_fingerprint(path, f"{path}.wal"),
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        after, seen = _resumed(resume)
        with self._opened() as connection, explaining(self.options.path, SourceError):
            schema = self._schema(connection)
            names = request.columns or tuple(schema.names)
            rowid = free_name("conduit_rowid", schema.names) if self._has_rowid(connection, schema) else None
            conditions, values = where(request, schema, _translate)
            if rowid and after is not None:
                conditions, values = [*conditions, "rowid > ?"], [*values, after]
            select = f"SELECT {quoted(names)}{f', rowid AS {quote(rowid)}' if rowid else ''} FROM {self._relation()}"
            text = f"{select}{' WHERE ' + ' AND '.join(conditions) if conditions else ''}"
            if rowid and not _keeps_order(connection):
                text += " ORDER BY rowid"
            if request.limit is not None:
                text += f" LIMIT {max(request.limit - seen, 0)}"
            width = bytes_per_row(schema, self._sample(connection, names) if rowid else None)
            rows = min(max(request.batch_bytes // width, 1), _MOST_ROWS)
            # `con.sql` streams; a reader made from `con.execute` holds the whole result first.
            for found in connection.sql(text, params=values).to_arrow_reader(rows):
                for batch in cut(found, request.batch_bytes):
                    seen += batch.num_rows
                    yield Rows(batch.select(list(names)))
                    if rowid:
                        yield Mark(Position({"rowid": batch.column(rowid)[-1].as_py(), "rows": seen}))

    def _opened(self) -> DuckDBPyConnection:
        path = self.options.path
        if not os.path.isfile(path):
            raise SourceError("There is no such database file.", place=path, remedy="Check the path and its spelling.")
        return connect(path, read_only=True, memory_limit=self.options.memory_limit, blame=SourceError)

    def _relation(self) -> str:
        options = self.options
        return subselect(options.query) if options.query else f"{quote(options.db_schema)}.{quote(options.table or '')}"

    def _schema(self, connection: DuckDBPyConnection) -> pa.Schema:
        options = self.options
        if options.table:
            require_table(connection, options.db_schema, options.table, options.path, SourceError)
        elif options.query:
            import duckdb

            found = connection.extract_statements(options.query)
            if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
                raise SourceError("`query` must be one SELECT.", place=options.path, remedy="Keep to one statement.")
        reader = connection.sql(f"SELECT * FROM {self._relation()} LIMIT 0").to_arrow_reader(1)
        return reader.schema.remove_metadata()

    def _rows_estimate(self, connection: DuckDBPyConnection) -> int | None:
        found = rows_of(
            connection,
            "SELECT estimated_size FROM duckdb_tables() "
            "WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
            (self.options.db_schema, self.options.table),
        )
        return int(found[0][0]) if found else None

    def _has_rowid(self, connection: DuckDBPyConnection, schema: pa.Schema) -> bool:
        """A table has row ids, a view has none, and a column of that name hides them."""
        hidden = any(name.lower() == "rowid" for name in schema.names)
        return not hidden and self._rows_estimate(connection) is not None

    def _sample(self, connection: DuckDBPyConnection, names: tuple[str, ...]) -> pa.Table:
        return connection.sql(f"SELECT {quoted(names)} FROM {self._relation()} LIMIT {_SAMPLED_ROWS}").to_arrow_table()


class DuckdbDestinationOptions(Options):
    """Which file, and where in it."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(
        description="The database file; it is made when it is not there.",
        example="warehouse.duckdb",
        aliases=("path", "database"),
    )
    table: str | None = option(None, description="The table; the resource's name if unset.", example="orders")
    db_schema: str = option(
        "main", description="The schema; it is made if needed.", example="sales", aliases=("schema", "db_schema")
    )
    memory_limit: str | None = option(
        None,
        description="The most memory that DuckDB uses before it spills; if unset 256MB, or what its threads need to "
        "write the table side by side: 20 MiB for each column and thread but the first.",
        example="1GB",
        pattern=_MEMORY,
    )


class DuckdbDestination(Destination[DuckdbDestinationOptions]):
    """Writes tables of a DuckDB file; rows become visible in one transaction.

    `full_refresh` puts a new table in the place of the old one, without its indexes and constraints; views stay.
    `upsert` gives a new table a primary key; of several rows with one key in a load the last one counts.
    """

    spec = DestinationSpec(
        "duckdb",
        "DuckDB database files",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT}),
        Commit.TRANSACTION,
    )
    options_model = DuckdbDestinationOptions

    def probe(self) -> Iterator[Probe]:
        path = self.options.path
        folder = os.path.dirname(os.path.abspath(path))
        while not os.path.exists(folder):
            folder = os.path.dirname(folder)
        writable = os.access(path if os.path.exists(path) else folder, os.W_OK)
        yield Probe(f"write {path}", writable, f"in {folder}", "" if writable else "Change the permissions.")

    def table(self, resource: str) -> str:
        return self.options.table or resource

    def describe(self, table: str) -> pa.Schema | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection, explaining(self.options.path, DestinationError):
            columns = table_columns(connection, self.options.db_schema, table)
        return pa.schema([(column.name, column.type) for column in columns]) if columns else None

    def reader(self, table: str) -> DuckdbSource:
        options = self.options
        return DuckdbSource(
            DuckdbSourceOptions(
                path=options.path, table=table, db_schema=options.db_schema, memory_limit=self._memory_limit()
            )
        )

    def begin(self, job: WriteJob) -> WriteSession:
        options = self.options
        if job.mode not in self.spec.modes:
            raise DestinationError(f"DuckDB has no mode {job.mode.value!r}.", place=options.path)
        with explaining(options.path, DestinationError):
            os.makedirs(os.path.dirname(os.path.abspath(options.path)), exist_ok=True)
        return DuckdbSession(options.path, options.db_schema, options.memory_limit, job)

    def find(self, table: str, token: str) -> Receipt | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection, explaining(self.options.path, DestinationError):
            if not table_columns(connection, self.options.db_schema, COMMITS):
                return None
            return lookup(partial(rows_of, connection), self.options.db_schema, table, token)

    def _opened(self) -> DuckDBPyConnection:
        options = self.options
        return connect(options.path, read_only=True, memory_limit=self._memory_limit(), blame=DestinationError)

    def _memory_limit(self) -> str:
        return self.options.memory_limit or DEFAULT_MEMORY


def _translate(piece: Comparison, kind: pa.DataType) -> Condition | None:
    if isinstance(piece.value, int) and holds(kind, piece.value):
        return f"{quote(piece.column)} {piece.op} ?", (piece.value,)
    if isinstance(piece.value, str) and pa.types.is_string(kind):
        # A column may have a collation of its own; the engine compares bytes, and so does C.
        return f"{quote(piece.column)} COLLATE C {piece.op} ?", (piece.value,)
    return None


def _resumed(resume: Position | None) -> tuple[int | None, int]:
    match resume:
        case None:
            return None, 0
        case Position(value={"rowid": int(rowid), "rows": int(seen)}):
            return rowid, seen
    raise SourceError(f"The position {resume.dumps()} is not one of a DuckDB table.")


def _keeps_order(connection: Any) -> bool:
    """Whether a plain scan gives the rows in the order of their ids: the default, which a shared instance may drop."""
    [(kept,)] = rows_of(connection, "SELECT current_setting('preserve_insertion_order')::BOOLEAN")
    return bool(kept)


SOURCE = DuckdbSource
DESTINATION = DuckdbDestination
