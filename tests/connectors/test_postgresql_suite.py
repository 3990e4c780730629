"""PostgreSQL keeps every promise of the contract, on every version that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors.postgresql import SOURCE
from conduit.sdk import ReadRequest, Scan, Source
from conduit.sdk.suites import COMMON_TYPES, SourceSuite
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.examples import sample

from ..servers.postgresql import Database, Server, fresh_database

_ASKED = ReadRequest(batch_bytes=4096, partitions=3)
_DECLARED = {
    pa.bool_(): "boolean", pa.int16(): "smallint", pa.int32(): "integer", pa.int64(): "bigint", pa.float32(): "real",
    pa.float64(): "double precision", pa.string(): "text", pa.binary(): "bytea", pa.date32(): "date",
    pa.time64("us"): "time", pa.timestamp("us"): "timestamp", pa.timestamp("us", "UTC"): "timestamptz",
}  # fmt: skip


class TestPostgresqlSource(SourceSuite):
    types = (
        *COMMON_TYPES, pa.int16(), pa.float32(), pa.binary(), pa.time64("us"), pa.decimal256(60, 20),
        pa.list_(pa.int64()), pa.list_(pa.string()), pa.list_(pa.decimal128(12, 2)),
    )  # fmt: skip

    @pytest.fixture(autouse=True)
    def _database(self, any_server: Server) -> Iterator[None]:
        self._server = any_server
        with fresh_database(any_server) as self._made:
            yield

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        name = tmp_path.name
        fill(self._made, name, table)
        return SOURCE(SOURCE.options_model(connection_string=self._made.uri, table=name, partitions=3))

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str]:
        return SOURCE(SOURCE.options_model(connection_string=self._made.uri, table="lost")), "public.lost"

    def test_scan_is_repeatable(self, tmp_path: Path) -> None:
        """But for the snapshot, which every source takes for itself: that is what its copies read in."""
        source = self.make_source(tmp_path, sample(2_000))
        first, second, elsewhere = source.scan(_ASKED), source.scan(_ASKED), copied(source).scan(_ASKED)
        assert len(first.partitions) == 3
        assert second == first
        assert _without_snapshot(elsewhere) == _without_snapshot(first)


def fill(database: Database, name: str, table: pa.Table) -> None:
    """Put a table there, with its rows, in place of one of that name; by the other driver, and by rows."""
    columns = ", ".join(f"{_quoted(field.name)} {_declared(field.type)}" for field in table.schema)
    with database.server.connected(database.name) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")
        connection.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
        if table.num_rows:
            with connection.cursor().copy(f"COPY {_quoted(name)} FROM STDIN") as copy:
                for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                    copy.write_row(row)
        connection.execute(f"ANALYZE {_quoted(name)}")


def _declared(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_declared(kind.value_type)}[]"
    return f"numeric({kind.precision},{kind.scale})" if pa.types.is_decimal(kind) else _DECLARED[kind]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _without_snapshot(scan: Scan) -> Scan:
    parts = tuple(
        replace(part, spec={key: value for key, value in part.spec.items() if key != "snapshot"})  # type: ignore[union-attr]
        for part in scan.partitions
    )
    return replace(scan, partitions=parts)
