"""DuckDB database files, in and out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from conduit.connectors._lib.job_claims import require_claimed
from conduit.connectors._lib.sql import free_name, quote, quoted, subselect
from conduit.connectors._lib.sql_commits import NAME as COMMITS
from conduit.connectors._lib.sql_commits import lookup
from conduit.connectors._lib.sql_duckdb import DEFAULT_MEMORY, connect, explaining, rows_of
from conduit.connectors._lib.sql_duckdb_session import DuckdbSession
from conduit.connectors._lib.sql_duckdb_tables import duckdb_ddl, require_table, table_schema
from conduit.connectors._lib.sql_duckdb_types import returned_type
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
from conduit.connectors._lib.table_batches import bytes_per_row, cut, file_fingerprint
from conduit.sdk import (
    Commit,
    Comparison,
    Destination,
    DestinationError,
    DestinationSpec,
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

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = r"^\d+(\.\d+)?\s*([KMGT]i?B)$"
_MOST_ROWS, _SAMPLED_ROWS = 122_880, 1_024
_SAMPLE_BATCH_BYTES = 1 << 20


class DuckdbSourceOptions(TableOrQuery, DatabaseFile):
    """Which rows of which file."""

    db_schema: str = option(
        "main", description="The schema that the table is in.", example="sales", aliases=("schema", "db_schema")
    )
    memory_limit: str = option(
        DEFAULT_MEMORY, description="The most memory that DuckDB uses before it spills.", example="1GB", pattern=_MEMORY
    )


class DuckdbSource(Source[DuckdbSourceOptions]):
    """Reads a table, in the order of its row ids, or a query, as a stream of Arrow batches.

    The file is opened read-only. A table resumes at a row id; a view or a query is read from the beginning.
    """

    spec = SourceSpec("duckdb", "DuckDB database files", resume=True, absorbs=frozenset({"columns", "filter", "limit"}))
    options_model = DuckdbSourceOptions

    def probe(self) -> Iterator[Probe]:
        yield from reading_probe(self, self.options.path)

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

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        """Of a table by its row ids; of a view or a query its first rows."""
        with self._opened() as connection, explaining(self.options.path, SourceError):
            span = None
            if self._has_rowid(connection, self._schema(connection)):
                [(low, high)] = rows_of(connection, f"SELECT min(rowid), max(rowid) FROM {self._relation()}")
                span = (1, 0) if high is None else (int(low), int(high))
        asked = replace(scan.absorbed, batch_bytes=_SAMPLE_BATCH_BYTES)
        return sample_by_rowid(partial(self.read, scan.partitions[0], asked), span, rows)

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


class DuckdbDestinationOptions(TableToWrite, NewDatabaseFile):
    """Which file, and where in it."""

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
    Columns are added and widened, and may become NULL, in the transaction that brings the rows; a column with an
    index, a key or a constraint of its own cannot be widened, and nothing but additions are made beside an index.
    """

    spec = DestinationSpec(
        "duckdb",
        "DuckDB database files",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT}),
        Commit.TRANSACTION,
        evolves=frozenset({"add", "widen", "relax"}),
    )
    options_model = DuckdbDestinationOptions

    def probe(self) -> Iterator[Probe]:
        yield from writing_probe(self.options.path, beside=False)

    def table(self, resource: str) -> str:
        return self.options.table or resource

    def place(self, table: str) -> str:
        return f"{self.options.path} ({table})"

    def describe(self, table: str) -> pa.Schema | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection, explaining(self.options.path, DestinationError):
            return table_schema(connection, self.options.db_schema, table)

    def stored(self, schema: pa.Schema) -> pa.Schema:
        place = self.options.path
        return pa.schema([field.with_type(returned_type(field.name, field.type, place)) for field in schema])

    def ddl(self, job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
        return duckdb_ddl(self.options.db_schema, job, existing)

    def reader(self, table: str) -> DuckdbSource:
        options = self.options
        return DuckdbSource(
            DuckdbSourceOptions(
                path=options.path, table=table, db_schema=options.db_schema, memory_limit=self._memory_limit()
            )
        )

    def begin(self, job: WriteJob) -> WriteSession:
        options = self.options
        require_claimed(job, self.spec, options.path)
        with explaining(options.path, DestinationError):
            os.makedirs(os.path.dirname(os.path.abspath(options.path)), exist_ok=True)
        return DuckdbSession(options.path, options.db_schema, options.memory_limit, job)

    def discard(self, job: WriteJob) -> None:
        # A load that replaces the table asks nothing of the one that is there.
        super().discard(replace(job, mode=WriteMode.FULL_REFRESH, changes=()))

    def find(self, table: str, token: str) -> Receipt | None:
        if not os.path.exists(self.options.path):
            return None
        with self._opened() as connection, explaining(self.options.path, DestinationError):
            if table_schema(connection, self.options.db_schema, COMMITS) is None:
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
