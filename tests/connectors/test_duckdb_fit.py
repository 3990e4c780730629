"""A DuckDB destination never keeps a value other than it was given: what does not fit is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import conduit
from conduit.sdk import CommitRejected, DestinationError, SchemaError

from .duckdb_files import OLD, destination, query
from .table_loads import load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


class TestFit:
    """Engines round and cut on INSERT without a word; a load must not."""

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("INTEGER", pa.array([1.5])),
            ("DATE", pa.array([0], pa.timestamp("us"))),
            ("DECIMAL(9,1)", pa.array(["1.25"]).cast(pa.decimal128(9, 2))),
            ("INTEGER", pa.array([1 << 40])),
            ("FLOAT", pa.array([0.1])),
            ("BIGINT", pa.array(["7"])),
        ],
    )
    def test_a_type_that_could_lose_values_is_refused(self, path: Path, column: str, values: pa.Array) -> None:
        with duckdb.connect(path) as connection:
            connection.execute(f"CREATE TABLE orders (a {column})")
        with pytest.raises(SchemaError, match="'a'"):
            load(destination(path), pa.table({"a": values}))

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("BIGINT", pa.array([-1], pa.int8())),
            ("DOUBLE", pa.array([-1], pa.int32())),
            ("DECIMAL(12,4)", pa.array(["1.25"]).cast(pa.decimal128(9, 2))),
            ("TIMESTAMP", pa.array([5], pa.timestamp("s"))),
            ("UUID", pa.array(["6e7f8a50-0000-4000-8000-000000000001"])),
            ("VARCHAR", pa.array(["x"]).dictionary_encode()),
        ],
    )
    def test_a_wider_type_takes_every_value(self, path: Path, column: str, values: pa.Array) -> None:
        with duckdb.connect(path) as connection:
            connection.execute(f"CREATE TABLE orders (a {column})")
        load(destination(path), pa.table({"a": values}))
        assert query(path, "SELECT count(a) FROM orders") == [(1,)]

    def test_columns_are_matched_by_name(self, path: Path) -> None:
        load(destination(path), OLD, "a")
        load(destination(path), pa.table({"NAME": ["c"], "id": [3]}), "b")
        assert query(path, "SELECT name FROM orders WHERE id = 3") == [("c",)]

    def test_a_column_that_the_table_lacks_is_named(self, path: Path) -> None:
        load(destination(path), OLD, "a")
        with pytest.raises(SchemaError, match="'nmae'"):
            load(destination(path), pa.table({"id": [3], "nmae": ["c"]}), "b")

    def test_a_required_column_that_the_data_lacks_is_named(self, path: Path) -> None:
        with duckdb.connect(path) as connection:
            connection.execute(
                "CREATE TABLE orders (id BIGINT, name VARCHAR NOT NULL, seen INTEGER NOT NULL DEFAULT 1)"
            )
        with pytest.raises(SchemaError, match="requires 'name' "):
            load(destination(path), pa.table({"id": [3]}))

    def test_a_null_that_the_table_forbids_commits_nothing(self, path: Path) -> None:
        with duckdb.connect(path) as connection:
            connection.execute("CREATE TABLE orders (id BIGINT, name VARCHAR NOT NULL)")
        with pytest.raises(CommitRejected, match="name"):
            load(destination(path), pa.table({"id": [1, 2], "name": ["a", None]}))
        assert query(path, "SELECT count(*) FROM orders") == [(0,)]
        assert destination(path).find("orders", "t1") is None

    def test_names_that_differ_by_case_only_are_refused(self, path: Path) -> None:
        with pytest.raises(SchemaError, match="one name"):
            load(destination(path), pa.table({"a": [1], "A": [2]}))

    def test_nanoseconds_that_a_zoned_timestamp_cannot_hold_are_refused(self, path: Path) -> None:
        moments = pa.table({"at": pa.array([1_000, 1_001], pa.timestamp("ns", "UTC"))})
        load(destination(path), moments.slice(0, 1), "a")
        with pytest.raises(DestinationError, match="'at'"):
            load(destination(path), moments, "b")
        assert query(path, "SELECT count(*) FROM orders") == [(1,)]

    @pytest.mark.parametrize("kind", [pa.decimal256(50, 3), pa.decimal128(5, -2)])
    def test_a_type_that_duckdb_lacks_is_named(self, path: Path, kind: pa.DataType) -> None:
        with pytest.raises(SchemaError, match="'a'"):
            load(destination(path), pa.table({"a": pa.array([None], kind)}))


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_null_that_the_table_forbids_is_a_reject_and_the_other_rows_land(kind: str, tmp_path: Path) -> None:
    """Else the database refuses the whole load, after all of it was read."""
    file, table = tmp_path / "out.db", "CREATE TABLE orders (id BIGINT NOT NULL, name VARCHAR, seen INT DEFAULT 1)"
    with duckdb.connect(file) if kind == "duckdb" else closing(sqlite3.connect(file)) as connection:
        connection.execute(table)
    rows = pa.table({"id": [1, None, 3], "name": ["a", "b", None]})
    report = conduit.read(rows).to(str(file), type=kind, table="orders", mode="append")
    assert (report.accounting.written, report.accounting.rejected) == (2, 1)
    assert conduit.read(str(file), type=kind, table="orders").to_arrow()["id"].to_pylist() == [1, 3]
