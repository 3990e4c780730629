"""SQLite keeps every promise of the contract, in and out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.connectors.sqlite import DESTINATION, SOURCE
from conduit.sdk import Destination, ReadRequest, Source, WriteMode
from conduit.sdk.suites import COMMON_TYPES, NESTED_TYPES, DestinationSuite, SourceSuite
from conduit.sdk.suites.destination_recipes import batches, job
from conduit.sdk.suites.reading import read_all


class TestSqliteSource(SourceSuite):
    types = (*COMMON_TYPES, *NESTED_TYPES)

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        path = str(tmp_path / "shop.sqlite")
        load = job(table.schema, f"t{table.num_rows}", WriteMode.FULL_REFRESH)
        session = DESTINATION(DESTINATION.options_model(path=path)).begin(load)
        session.commit(list(session.stage("0", batches(table))), {})
        session.close()
        return SOURCE(SOURCE.options_model(path=path, table="orders"))

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str]:
        return SOURCE(SOURCE.options_model(path=str(tmp_path / "lost.sqlite"), table="orders")), "lost.sqlite"


class TestSqliteDestination(DestinationSuite):
    types = (*COMMON_TYPES, *NESTED_TYPES)
    crash_points = ("stage.batch:3", "commit.before:2", "commit.after:1")

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        return DESTINATION(DESTINATION.options_model(path=str(tmp_path / "out.sqlite")))

    def run_ddl(self, destination: Destination[Any], statements: Sequence[str]) -> None:
        with closing(sqlite3.connect(destination.options.path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table:
        options = SOURCE.options_model(path=destination.options.path, table=table)
        return read_all(SOURCE(options), ReadRequest())[1]
