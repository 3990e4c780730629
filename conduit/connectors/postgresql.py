"""PostgreSQL tables and queries."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pyarrow as pa
from pydantic import model_validator

from conduit.connectors._lib.pg_catalog import columns_of, find_relation
from conduit.connectors._lib.pg_connect import PgConnection
from conduit.connectors._lib.pg_destination import PostgresqlDestination
from conduit.connectors._lib.pg_moment import Columns, Moment, Target, columns_now, held_moment
from conduit.connectors._lib.pg_options import PgOptions
from conduit.connectors._lib.pg_parse import Parser
from conduit.connectors._lib.pg_partitions import Piece, pieces_of
from conduit.connectors._lib.pg_probe import probe_relation, probe_server, reached
from conduit.connectors._lib.pg_pushdown import absorbed_by_server, conditions
from conduit.connectors._lib.pg_read import copy_out, messages, select, set_values
from conduit.connectors._lib.pg_snapshot import join_snapshot
from conduit.sdk import (
    Message,
    Partition,
    Position,
    Probe,
    ReadRequest,
    Scan,
    Source,
    SourceError,
    SourceSpec,
    option,
)


class PostgresqlSourceOptions(PgOptions):
    """Which rows of which server."""

    table: str | None = option(None, description="The table or view to read; or give `query`.", example="orders")
    query: str | None = option(
        None, description="A SELECT to read instead of a table.", example="SELECT * FROM orders WHERE paid"
    )
    db_schema: str = option(
        "public", description="The schema that the table is in.", example="sales", aliases=("schema", "db_schema")
    )
    partitions: int | None = option(
        None,
        description="How many connections read one table side by side; as many as suit the machine and the table if "
        "unset.",
        example=4,
        ge=1,
        le=64,
    )
    on_special: Literal["reject", "text", "null"] = option(
        "reject",
        description="What becomes of values that Arrow has no place for (NaN in a numeric, infinite dates, years "
        "before 1 or after 9999, arrays of several dimensions): `reject` the row, read such columns as `text`, or make "
        "it `null` and tell how often.",
        example="text",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> PostgresqlSourceOptions:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either `table` or `query`")
        return self


class PostgresqlSource(Source[PostgresqlSourceOptions]):
    """Reads a table, a view or a query as of one moment, by COPY, through several connections at once.

    Every partition of a table sees the database as it was at the scan, whatever is written meanwhile. A table is cut
    into ranges of its blocks, also where its rows lie in partitions or in tables that inherit from it; views, foreign
    tables and queries are read as one.

    Types come as the catalogue has them: `numeric(p, s)` is an exact decimal, `timestamptz` has the zone UTC, arrays
    are lists, domains what they are made of. A `numeric` without precision is text, which loses nothing: `cast:` it to
    a decimal that is wide enough. JSON, UUIDs, enums, intervals (ISO 8601), composites, ranges, network addresses, bit
    strings, money and shapes are text as PostgreSQL writes them.
    """

    spec = SourceSpec(
        "postgresql",
        "PostgreSQL databases",
        absorbs=frozenset({"columns", "filter", "limit"}),
        extra="postgres",
        aliases=("postgres",),
    )
    options_model = PostgresqlSourceOptions

    def __init__(self, options: PostgresqlSourceOptions) -> None:
        super().__init__(options)
        self._target = Target(options.db_schema, options.table, options.query)
        self._guard = threading.Lock()
        self._moment: Moment | None = None
        self._release: weakref.finalize[..., Any] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.options,)

    def probe(self) -> Iterator[Probe]:
        address = self.options.address()
        found = reached(address, SourceError)
        if isinstance(found, Probe):
            yield found
            return
        connection, seconds = found
        try:
            yield from probe_server(connection, address, seconds)
            if self.options.table:
                yield probe_relation(connection, find_relation(connection, self.options.db_schema, self.options.table))
            else:
                columns = columns_of(connection, f"SELECT * FROM {self._target.expression}")
                yield Probe("query", True, f"{len(columns)} columns")
        except Exception as failed:
            yield Probe(f"read {self._target.name}", False, str(failed))
        finally:
            connection.close()

    def scan(self, request: ReadRequest) -> Scan:
        moment = self._held()
        absorbed = self._absorbed(request, moment.columns)
        pieces = self._pieces(moment, request, absorbed)
        names = moment.columns.by_name if absorbed.columns is None else absorbed.columns
        rows = [piece.rows for piece in pieces if piece.rows is not None]
        sizes = [piece.bytes for piece in pieces if piece.bytes is not None]
        return Scan(
            schema=pa.schema([(name, moment.columns.by_name[name].type) for name in names]),
            partitions=tuple(piece.partition(moment.snapshot) for piece in pieces),
            absorbed=absorbed,
            rows_estimate=sum(rows) if len(rows) == len(pieces) else None,
            bytes_estimate=sum(sizes) if len(sizes) == len(pieces) else None,
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        if resume is not None:
            raise SourceError("A PostgreSQL table is read from its beginning.", place=self._target.name)
        piece, snapshot = Piece.of(partition)
        connection = PgConnection(self.options.address(), SourceError)
        try:
            join_snapshot(connection, snapshot)
            columns = self._columns(connection)
            names = columns.by_name if request.columns is None else request.columns
            chosen = [columns.by_name[name] for name in names]
            pushed = replace(request, filter=self._absorbed(request, columns).filter)
            wheres, values = conditions(pushed, columns.by_name)
            set_values(connection, values)
            statement = select(chosen, piece.relation, [*wheres, *piece.conditions], request.limit)
            parser = Parser(chosen, self.options.on_special, f"{connection.place}, {self._target.name}")
            yield from messages(connection, copy_out(statement, columns.encoding), parser, request)
        except BaseException:
            connection.abort()
            raise
        finally:
            connection.close()

    def close(self) -> None:
        with self._guard:
            self._moment = None
            if self._release is not None:
                self._release()

    def _held(self) -> Moment:
        """The moment that this source reads, held from its first scan on until it is closed."""
        with self._guard:
            if self._moment is None or not self._moment.connection.is_open:
                connection = PgConnection(self.options.address(), SourceError)
                # Whoever forgets `close` shall not keep the server from cleaning up.
                self._release = weakref.finalize(self, connection.close)
                try:
                    self._moment = held_moment(connection, self._target, specials_as_text=self._specials_as_text)
                except BaseException:
                    self._release()
                    raise
            return self._moment

    def _pieces(self, moment: Moment, request: ReadRequest, absorbed: ReadRequest) -> list[Piece]:
        if moment.members is None or absorbed.limit is not None:
            return [Piece(self._target.name, self._target.expression, rows=moment.rows_estimate)]
        wanted = self.options.partitions or request.partitions
        exact, version = self.options.partitions is not None, moment.connection.version
        return pieces_of(moment.members, wanted, moment.block_bytes, version, exact=exact)

    def _columns(self, connection: PgConnection) -> Columns:
        return columns_now(connection, self._target, specials_as_text=self._specials_as_text)

    def _absorbed(self, request: ReadRequest, columns: Columns) -> ReadRequest:
        nulls = self.options.on_special == "null"
        return absorbed_by_server(
            request, columns.by_name, self._target.name, nulls_specials=nulls, utf8=columns.encoding == "UTF8"
        )

    @property
    def _specials_as_text(self) -> bool:
        return self.options.on_special == "text"


SOURCE = PostgresqlSource
DESTINATION = PostgresqlDestination
