"""The PostgreSQL destination: what it claims, finds out and hands to a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.job_claims import require_claimed
from conduit.connectors._lib.pg_commits import claim, decided
from conduit.connectors._lib.pg_connect import PgConnection
from conduit.connectors._lib.pg_ddl import pg_ddl
from conduit.connectors._lib.pg_declared import returned_type
from conduit.connectors._lib.pg_probe import probe_server, probe_writing, reached
from conduit.connectors._lib.pg_session import PgSession
from conduit.connectors._lib.pg_target import find_target
from conduit.connectors._lib.pg_write_options import PgWriteOptions
from conduit.connectors._lib.sql import quote
from conduit.connectors._lib.sql_commits import stage_name
from conduit.sdk import (
    Commit,
    Destination,
    DestinationError,
    DestinationSpec,
    Probe,
    Receipt,
    Source,
    WriteJob,
    WriteMode,
    WriteSession,
)


class PostgresqlDestination(Destination[PgWriteOptions]):
    """Writes tables of a PostgreSQL server; rows become visible in one transaction, and their token with them.

    Rows travel by binary COPY on a connection for each worker, to a staging table that becomes the new table, or whose
    rows the transaction inserts into the one that is there. `full_refresh` keeps all that hangs on a table.
    Of several rows with one key in a load `upsert` and `scd2` take the last, `insert_only` the first.
    Columns are added and widened, and may become NULL, in the transaction that brings the rows.
    """

    spec = DestinationSpec(
        "postgresql",
        "PostgreSQL tables",
        frozenset(WriteMode),
        Commit.TRANSACTION,
        evolves=frozenset({"add", "widen", "relax"}),
        name_limit=63,
        extra="postgres",
        aliases=("postgres",),
    )
    options_model = PgWriteOptions

    def probe(self) -> Iterator[Probe]:
        address = self.options.address()
        found = reached(address, DestinationError)
        if isinstance(found, Probe):
            yield found
            return
        connection, seconds = found
        with closing(connection):
            yield from probe_server(connection, address, seconds)
            yield from probe_writing(connection, self.options.db_schema, self.options.table)

    def table(self, resource: str) -> str:
        return self.options.table or resource

    def place(self, table: str) -> str:
        return f"{self.options.address()} ({self.options.db_schema}.{table})"

    def describe(self, table: str) -> pa.Schema | None:
        with closing(self._opened()) as connection:
            found = find_target(connection, self.options.db_schema, table)
        return found.schema if found else None

    def stored(self, schema: pa.Schema) -> pa.Schema:
        place = f"{self.options.db_schema}"
        return pa.schema([field.with_type(returned_type(field.name, field.type, place)) for field in schema])

    def ddl(self, job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
        return pg_ddl(self.options, job, existing)

    def reader(self, table: str) -> Source[Any]:
        from conduit.connectors.postgresql import PostgresqlSource, PostgresqlSourceOptions

        ours = self.options.model_dump(exclude_unset=True)
        shared = {name: value for name, value in ours.items() if name in PostgresqlSourceOptions.model_fields}
        return PostgresqlSource(PostgresqlSourceOptions(**{**shared, "table": table}))

    def begin(self, job: WriteJob) -> WriteSession:
        require_claimed(job, self.spec, str(self.options.address()))
        return PgSession(self.options, job)

    def discard(self, job: WriteJob) -> None:
        schema, stage = self.options.db_schema, stage_name(job.table, job.token)
        with closing(self._opened()) as connection:
            claim(connection, schema, stage)
            connection.execute(f"DROP TABLE IF EXISTS {quote(schema)}.{quote(stage)}")

    def find(self, table: str, token: str) -> Receipt | None:
        schema = self.options.db_schema
        with closing(self._opened()) as connection:
            return decided(connection, schema, table, token)

    def _opened(self) -> PgConnection:
        return PgConnection(self.options.address(), DestinationError)
