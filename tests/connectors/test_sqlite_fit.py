"""An SQLite destination never keeps a value other than it was given: what does not fit is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.sdk import CommitRejected, DestinationError, SchemaError

from .sqlite_files import back, destination, made, query, tables
from .table_loads import load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.sqlite"


class TestFit:
    @pytest.mark.parametrize("value", [float("nan"), 2**63])
    def test_a_value_that_sqlite_would_change_is_an_error(self, path: Path, value: Any) -> None:
        kind = pa.float64() if isinstance(value, float) else pa.uint64()
        with pytest.raises(DestinationError, match="'a'"):
            load(destination(path), pa.table({"a": pa.array([1, value], kind)}))
        assert not path.exists() or tables(path) == set()

    @pytest.mark.parametrize(
        ("declared", "values"),
        [
            ("STRING", pa.array(["007"])),
            ("DECIMAL(20,2)", pa.array([Decimal("123456789012345678.25")], pa.decimal128(20, 2))),
            ("INTEGER", pa.array([1.5])),
            ("TEXT", pa.array([7])),
            ("DATE", pa.array([0], pa.timestamp("us"))),
        ],
    )
    def test_a_column_that_would_change_values_is_refused(self, path: Path, declared: str, values: pa.Array) -> None:
        made(path, f"CREATE TABLE orders (a {declared})")
        with pytest.raises(SchemaError, match="'a'"):
            load(destination(path), pa.table({"a": values}))

    @pytest.mark.parametrize(
        ("declared", "values"),
        [
            ("DATE", pa.array([19_000], pa.date32())),
            ("DATETIME", pa.array([1_700_000_000_123_456], pa.timestamp("us"))),
            ("DECIMAL(10,2)", pa.array([Decimal("12345678.90")], pa.decimal128(10, 2))),
            ("BOOLEAN", pa.array([True])),
            ("BIGINT", pa.array([7], pa.int64())),
            ("VARCHAR(3)", pa.array(["00123"])),
            ('"INTEGER duration[us]"', pa.array([5_000_000], pa.duration("us"))),
        ],
    )
    def test_a_column_of_the_user_keeps_what_it_can(self, path: Path, declared: str, values: pa.Array) -> None:
        made(path, f"CREATE TABLE orders (a {declared})")
        load(destination(path), pa.table({"a": values}))
        assert back(path).equals(pa.table({"a": values}))

    def test_a_coarser_unit_is_turned_into_the_units_of_the_table(self, path: Path) -> None:
        load(destination(path), pa.table({"a": pa.array([5_000_000], pa.duration("us"))}), "a")
        load(destination(path), pa.table({"a": pa.array([5], pa.duration("s"))}), "b")
        assert back(path)["a"].to_pylist()[0] == back(path)["a"].to_pylist()[1]

    def test_a_required_column_that_the_data_lacks_is_named(self, path: Path) -> None:
        made(path, "CREATE TABLE orders (key INTEGER PRIMARY KEY NOT NULL, id INT, name TEXT NOT NULL)")
        with pytest.raises(SchemaError, match="requires 'name' "):
            load(destination(path), pa.table({"id": [3]}))

    def test_a_null_that_the_table_forbids_commits_nothing(self, path: Path) -> None:
        made(path, "CREATE TABLE orders (id INTEGER, name TEXT NOT NULL)")
        with pytest.raises(CommitRejected, match=r"orders\.name"):
            load(destination(path), pa.table({"id": [1, 2], "name": ["a", None]}))
        assert query(path, "SELECT count(*) FROM orders") == [(0,)]
        assert destination(path).find("orders", "t1") is None
