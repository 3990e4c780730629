"""DuckDB keeps every promise of the contract, in and out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from conduit.connectors.duckdb import DESTINATION, SOURCE
from conduit.sdk import Destination, Source
from conduit.sdk.suites import COMMON_TYPES, NESTED_TYPES, DestinationSuite, SourceSuite


class TestDuckdbSource(SourceSuite):
    types = (*COMMON_TYPES, *NESTED_TYPES)
    memory_limit = 256 << 20  # DuckDB keeps blocks of the file in memory up to its own `memory_limit`

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        path = tmp_path / "shop.duckdb"
        with duckdb.connect(path) as connection:
            connection.register("given", table)
            connection.execute("CREATE OR REPLACE TABLE orders AS SELECT * FROM given")
        return SOURCE(SOURCE.options_model(path=str(path), table="orders"))

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str]:
        return SOURCE(SOURCE.options_model(path=str(tmp_path / "lost.duckdb"), table="orders")), "lost.duckdb"


class TestDuckdbDestination(DestinationSuite):
    types = (*COMMON_TYPES, *NESTED_TYPES)
    memory_limit = 256 << 20  # as above
    crash_points = ("stage.batch:3", "commit.before:2", "commit.after:1")

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        return DESTINATION(DESTINATION.options_model(path=str(tmp_path / "out.duckdb")))

    def load_required(self, destination: Destination[Any], table: pa.Table, column: str) -> None:
        self.load(destination, table, "a")
        self.run_ddl(destination, [f'ALTER TABLE orders ALTER COLUMN "{column}" SET NOT NULL'])

    def run_ddl(self, destination: Destination[Any], statements: Sequence[str]) -> None:
        with duckdb.connect(destination.options.path, config={"memory_limit": "256MB"}) as connection:
            for statement in statements:
                connection.execute(statement)

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table:
        with duckdb.connect(destination.options.path, config={"memory_limit": "256MB"}) as connection:
            return connection.table(table).to_arrow_table()
