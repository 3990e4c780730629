"""PostgreSQL keeps every promise of the contract of destinations, on every version that is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors.postgresql import DESTINATION, SOURCE
from conduit.sdk import Destination, ReadRequest, SecretStr
from conduit.sdk.suites import COMMON_TYPES, DestinationSuite
from conduit.sdk.suites.reading import read_all

from ..servers.postgresql import Server, fresh_database

_TYPES = (
    *COMMON_TYPES, pa.int16(), pa.float32(), pa.binary(), pa.time64("us"), pa.decimal256(60, 20),
    pa.list_(pa.int64()), pa.list_(pa.string()), pa.list_(pa.decimal128(12, 2)),
)  # fmt: skip


class TestPostgresqlDestination(DestinationSuite):
    types = _TYPES
    crash_points = ("stage.batch:3", "commit.before:1", "commit.after:1")

    @pytest.fixture(autouse=True)
    def _database(self, any_server: Server) -> Iterator[None]:
        self._server = any_server
        with fresh_database(any_server) as self._made:
            yield

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        return DESTINATION(
            DESTINATION.options_model(
                connection_string=SecretStr(self._made.uri), db_schema=tmp_path.name[:40] or "public"
            )
        )

    def load_required(self, destination: Destination[Any], table: pa.Table, column: str) -> None:
        self.load(destination, table, "a")
        schema = destination.options.db_schema
        self.run_ddl(destination, [f'ALTER TABLE "{schema}".orders ALTER "{column}" SET NOT NULL'])

    def run_ddl(self, destination: Destination[Any], statements: Sequence[str]) -> None:
        self._made.execute(f'CREATE SCHEMA IF NOT EXISTS "{destination.options.db_schema}"', *statements)

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table | None:
        schema = destination.options.db_schema
        found = self._made.rows(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = %s", schema, table
        )
        if not found:
            return None
        source = SOURCE(
            SOURCE.options_model(connection_string=SecretStr(self._made.uri), table=table, db_schema=schema)
        )
        try:
            _, rows = read_all(source, ReadRequest())
            return rows
        finally:
            source.close()
