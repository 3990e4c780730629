"""What becomes of a value that its type cannot hold is said once, on the resource, and always counted."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import conduit
from conduit.cli.summary import summary_lines
from conduit.cli.terminal import Terminal
from conduit.engine.report import RunReport
from conduit.errors import DataError, UnknownName

from .projects import run

ROWS = "id,price\n1,1.50\n2,x\n3,2.25\n4,yy\n"


def _run(folder: Path, keys: str, destination: str = "type: parquet, path: out/", rows: str = ROWS) -> RunReport:
    (folder / "in.csv").write_text(rows)
    text = f"""
sources: [{{name: rows, type: csv, path: in.csv, columns: {{id: int64, price: string}}}}]
destinations: [{{name: lake, {destination}}}]
resources: [{{name: orders, source: rows, destination: lake, {keys}}}]
"""
    return run(folder, text)


def _prices(folder: Path) -> dict[int, object]:
    table = pq.read_table(folder / "out")
    return dict(zip(table["id"].to_pylist(), table["price"].to_pylist()))


def test_by_default_its_row_is_kept_aside(tmp_path: Path) -> None:
    report = _run(tmp_path, "cast: {price: float64}")
    assert (report.accounting.written, report.accounting.rejected) == (2, 2)
    assert _prices(tmp_path) == {1: 1.5, 3: 2.25}
    assert report.resources[0].nulled == ()


def test_null_writes_the_row_and_counts_the_value(tmp_path: Path) -> None:
    """Otherwise nobody could tell a value that was lost from one that never was."""
    report = _run(tmp_path, "cast: {price: float64}, on_type_error: null")
    assert report.ok
    assert (report.accounting.written, report.accounting.rejected, report.accounting.residue) == (4, 0, 0)
    assert _prices(tmp_path) == {1: 1.5, 2: None, 3: 2.25, 4: None}
    told = {"column": "price", "count": 2, "first": "x does not fit float64"}
    assert report.as_dict()["resources"][0]["nulled"] == [told]
    with sqlite3.connect(tmp_path / ".conduit" / "state.db") as state:
        [manifest] = state.execute("SELECT manifest FROM runs").fetchone()
    assert json.loads(manifest)["resources"][0]["nulled"] == [told]
    summary = " ".join(" ".join(summary_lines(report, Terminal())).split())
    assert "2 values of the column 'price' became NULL; the first: x does not fit float64" in summary


def test_fail_ends_the_run_and_says_which_value_and_where(tmp_path: Path) -> None:
    report = _run(tmp_path, "cast: {price: float64}, on_type_error: fail")
    error = report.resources[0].error
    assert isinstance(error, DataError)
    assert error.place.endswith("in.csv:3")
    assert "column 'price'" in error.message
    assert "x does not fit float64" in error.message
    assert "on_type_error: dlq" in error.remedy
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / ".conduit" / "dlq").exists()


def test_in_a_table_that_takes_no_null_the_row_is_kept_aside_all_the_same(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE orders (id INTEGER, price REAL NOT NULL)")
    keys = "cast: {price: float64}, on_type_error: null, mode: append"
    report = _run(tmp_path, keys, "type: sqlite, path: shop.db, table: orders")
    assert (report.accounting.written, report.accounting.rejected) == (2, 2)
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        assert shop.execute("SELECT id, price FROM orders ORDER BY id").fetchall() == [(1, 1.5), (3, 2.25)]


def test_a_key_and_a_column_with_a_check_do_not_become_null_either(tmp_path: Path) -> None:
    keys = "cast: {price: float64}, on_type_error: null"
    checked = _run(tmp_path, f"{keys}, quality_checks: [{{column: price, check: not_null, action: warn}}]")
    assert (checked.accounting.written, checked.accounting.rejected) == (2, 2)
    by_key = _run(tmp_path, f"{keys}, mode: upsert, unique_key: price", "type: duckdb, path: shop.duckdb, table: t")
    assert by_key.resources[0].error is None
    assert (by_key.accounting.written, by_key.accounting.rejected) == (2, 2)


def test_it_holds_for_the_types_that_the_destination_has(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE orders (id INTEGER, price INTEGER)")
    rows = "id,price\n1,1\n2,2.5\n"
    (tmp_path / "in.csv").write_text(rows)
    source = conduit.read(tmp_path / "in.csv", columns={"id": "int64", "price": "float64"})
    where: dict[str, Any] = {"type": "sqlite", "table": "orders", "mode": "append", "state_dir": tmp_path / ".conduit"}
    report = source.to(tmp_path / "shop.db", **where, on_type_error="null")
    assert [column.count for column in report.resources[0].nulled] == [1]
    assert report.accounting.written == 2
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        assert shop.execute("SELECT price FROM orders ORDER BY id").fetchall() == [(1,), (None,)]
    with pytest.raises(DataError, match=r"2\.5 does not fit int64"):
        source.to(tmp_path / "shop.db", **where, on_type_error="fail")


def test_a_row_that_is_rejected_for_another_column_counts_no_null(tmp_path: Path) -> None:
    data = pa.table({"id": ["x", "2"], "price": ["y", "z"]})
    report = (
        conduit.read(data)
        .cast(id="int64", price="int64")
        .check("id", not_null=True, action="dlq")
        .to(tmp_path / "out.parquet", state_dir=tmp_path / ".conduit", on_type_error="null")
    )
    assert [(column.column, column.count, column.first) for column in report.resources[0].nulled] == [
        ("price", 1, "z does not fit int64")
    ]
    assert (report.accounting.written, report.accounting.rejected) == (1, 1)


def test_python_and_yaml_say_the_same(tmp_path: Path) -> None:
    source = conduit.read(pa.table({"id": [1]}))
    with pytest.raises(UnknownName, match="nul"):
        source.to(tmp_path / "out.parquet", on_type_error="nul")  # type: ignore[arg-type]
    assert "on_type_error: 'null'" in conduit.read("generate", rows=1).to_yaml(on_type_error="null")
