"""Parquet files keep every promise of the contract, in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from conduit.connectors.parquet import DESTINATION, SOURCE
from conduit.sdk import Destination, Source
from conduit.sdk.suites import COMMON_TYPES, NESTED_TYPES, DestinationSuite, SourceSuite

from .file_parts import CRASH_POINTS, visible_parts

TYPES = (*COMMON_TYPES, *NESTED_TYPES, pa.binary(), pa.timestamp("ns"), pa.time64("us"), pa.uint64(), pa.float32())


class TestParquetSource(SourceSuite):
    types = TYPES

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        path = tmp_path / "rows.parquet"
        pq.write_table(table, path, row_group_size=max(1, min(table.num_rows // 4, 10_000)))
        return SOURCE(SOURCE.options_model(path=str(path)))

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str]:
        return SOURCE(SOURCE.options_model(path=str(tmp_path / "lost.parquet"))), "lost.parquet"


class TestParquetDirectory(DestinationSuite):
    path: ClassVar[str] = "out/"
    types = TYPES
    holds_tables = False
    crash_points = CRASH_POINTS

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        # Row groups are held until they are full: small ones show what is held beside them.
        return DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/{self.path}", row_group_bytes=4 << 20))

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table | None:
        paths = [str(part) for part in visible_parts(destination)]
        parts = [pq.ParquetFile(path).read() for path in paths]
        if len({part.schema for part in parts}) <= 1:
            return pa.concat_tables(parts) if parts else None
        # Other programs unite columns and types of their own accord, too.
        with duckdb.connect() as connection:
            return connection.read_parquet(paths, union_by_name=True).to_arrow_table()


class TestParquetFile(TestParquetDirectory):
    path = "out.parquet"
    one_writer = True
