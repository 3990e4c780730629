"""What other tools are known to do to values on the way, from the file to the table: here each arrives as it was."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .evolving import books, load, loaded
from .projects import run


def _json(folder: Path, text: str, keys: str = "mode: full_refresh") -> list[tuple[Any, ...]]:
    (folder / "in.jsonl").write_text(text)
    report = run(
        folder,
        f"""
sources: [{{name: rows, type: json, path: in.jsonl}}]
destinations: [{{name: shop, type: duckdb, path: shop.duckdb}}]
resources: [{{name: orders, source: rows, destination: shop, {keys}}}]
""",
    )
    assert report.resources[0].error is None, report.resources[0].error
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as shop:
        found: list[tuple[Any, ...]] = shop.sql("SELECT * FROM orders ORDER BY 1").fetchall()
    return found


def test_a_moment_without_a_zone_gets_none(tmp_path: Path) -> None:
    naive = datetime(2024, 3, 31, 2, 30, 0, 123456)
    load(tmp_path, pa.table({"at": pa.array([naive], pa.timestamp("us"))}), "mode: full_refresh")
    found = loaded(tmp_path)
    assert found.schema.field("at").type == pa.timestamp("us")
    assert found["at"].to_pylist() == [naive]


def test_a_moment_without_a_zone_is_not_widened_to_one_that_has_one(tmp_path: Path) -> None:
    """No rule can say which zone was meant."""
    keys = "mode: append, contract: evolve"
    load(tmp_path, pa.table({"at": pa.array([0], pa.timestamp("us"))}), keys)
    report = load(tmp_path, pa.table({"at": pa.array([0], pa.timestamp("us", "UTC"))}), keys)
    assert report.exit_code == 2
    assert loaded(tmp_path).schema.field("at").type == pa.timestamp("us")


@pytest.mark.parametrize(
    "text", ["0.1", "12345678901234567890.123456789", "-0.000000001", "99999999999999999999999999999.999999999"]
)
def test_a_decimal_never_goes_through_a_float(text: str, tmp_path: Path) -> None:
    load(tmp_path, pa.table({"d": pa.array([Decimal(text)], pa.decimal128(38, 9))}), "mode: full_refresh")
    assert loaded(tmp_path)["d"].to_pylist() == [Decimal(text)]


def test_a_decimal_is_widened_without_losing_a_digit(tmp_path: Path) -> None:
    keys = "mode: append, contract: evolve"
    load(tmp_path, pa.table({"d": pa.array([Decimal("9999.99")], pa.decimal128(6, 2))}), keys)
    assert books(load(tmp_path, pa.table({"d": pa.array([Decimal("1.23456")], pa.decimal128(6, 5))}), keys)) == (
        1,
        1,
        0,
    )
    assert sorted(loaded(tmp_path)["d"].to_pylist()) == [Decimal("1.23456"), Decimal("9999.99")]


def test_a_column_without_any_value_is_kept(tmp_path: Path) -> None:
    data = pa.table({"id": [1], "never": pa.nulls(1), "typed": pa.nulls(1, pa.date32())})
    assert books(load(tmp_path, data, "mode: full_refresh")) == (1, 1, 0)
    assert loaded(tmp_path).column_names == ["id", "never", "typed"]


def test_a_column_that_had_no_value_so_far_takes_the_first_ones(tmp_path: Path) -> None:
    keys = "mode: append, contract: evolve"
    load(tmp_path, pa.table({"id": [1], "seen": pa.nulls(1, pa.date32())}), keys)
    assert books(load(tmp_path, pa.table({"id": [2], "seen": [date(2024, 1, 1)]}), keys)) == (1, 1, 0)
    assert loaded(tmp_path)["seen"].to_pylist() == [None, date(2024, 1, 1)]


def test_the_largest_unsigned_number_arrives(tmp_path: Path) -> None:
    data = pa.table({"n": pa.array([2**64 - 1, 0], pa.uint64())})
    load(tmp_path, data, "mode: full_refresh")
    assert sorted(loaded(tmp_path)["n"].to_pylist()) == [0, 2**64 - 1]


def test_unsigned_numbers_among_signed_ones_are_neither_wrapped_nor_rounded(tmp_path: Path) -> None:
    keys = "mode: append, contract: evolve"
    load(tmp_path, pa.table({"n": pa.array([-(2**63)], pa.int64())}), keys)
    assert books(load(tmp_path, pa.table({"n": pa.array([2**64 - 1], pa.uint64())}), keys)) == (1, 1, 0)
    assert sorted(int(n) for n in loaded(tmp_path)["n"].to_pylist()) == [-(2**63), 2**64 - 1]


def test_an_unsigned_number_that_sqlite_cannot_hold_is_named_and_not_rounded(tmp_path: Path) -> None:
    data = pa.table({"n": pa.array([2**64 - 1, 7], pa.uint64())})
    report = load(tmp_path, data, "mode: full_refresh", destination="type: sqlite, path: shop.sqlite")
    assert str(2**64 - 1) in str(report.resources[0].error)
    with sqlite3.connect(tmp_path / "shop.sqlite") as shop:
        assert shop.execute("SELECT count(*) FROM sqlite_master WHERE name = 'orders'").fetchone() == (0,)


@pytest.mark.parametrize("moment", [datetime(9999, 12, 31, 23, 59, 59, 999999), datetime(1, 1, 1)])
def test_moments_beyond_the_range_of_nanoseconds_arrive(moment: datetime, tmp_path: Path) -> None:
    load(tmp_path, pa.table({"at": pa.array([moment], pa.timestamp("us"))}), "mode: full_refresh")
    assert loaded(tmp_path)["at"].to_pylist() == [moment]


def test_a_column_of_late_moments_does_not_become_one_of_nanoseconds(tmp_path: Path) -> None:
    """A type that could hold both does not exist, and either one would lose some."""
    keys = "mode: append, contract: evolve"
    late = datetime(9999, 12, 31)
    load(tmp_path, pa.table({"at": pa.array([late], pa.timestamp("us"))}), keys)
    report = load(tmp_path, pa.table({"at": pa.array([1_700_000_000_000_000_001], pa.timestamp("ns"))}), keys)
    assert report.exit_code == 2
    assert loaded(tmp_path)["at"].to_pylist() == [late]


def test_integers_of_json_beyond_those_of_a_float_arrive(tmp_path: Path) -> None:
    numbers = [2**53 + 1, 2**63 - 1, -(2**63)]
    found = _json(tmp_path, "".join(f'{{"n": {n}}}\n' for n in numbers))
    assert [int(n) for (n,) in found] == sorted(numbers)


def test_a_type_that_changes_in_the_last_line_is_a_reject(tmp_path: Path) -> None:
    """It is in no sample of the beginning, and must not make the numbers before it text."""
    lines = [f'{{"id": {i}, "n": {i}}}\n' for i in range(5000)]
    (tmp_path / "in.jsonl").write_text("".join([*lines, '{"id": 5000, "n": "late"}\n']))
    report = run(
        tmp_path,
        """
sources: [{name: rows, type: json, path: in.jsonl}]
destinations: [{name: shop, type: duckdb, path: shop.duckdb}]
resources: [{name: orders, source: rows, destination: shop}]
""",
    )
    assert books(report) == (5001, 5000, 1)
    assert "late" in report.resources[0].rejects[0].first


def test_a_type_that_changes_in_the_last_file_is_widened(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, (value, kind) in enumerate([(0, pa.int32()), (1, pa.int32()), (2**40, pa.int64())]):
        pq.write_table(pa.table({"n": pa.array([value], kind)}), tmp_path / f"in/{number}.parquet")
    report = run(
        tmp_path,
        """
sources: [{name: rows, type: parquet, path: in/*.parquet}]
destinations: [{name: shop, type: duckdb, path: shop.duckdb}]
resources: [{name: orders, source: rows, destination: shop, mode: append, contract: evolve}]
""",
    )
    assert books(report) == (3, 3, 0)
    assert sorted(loaded(tmp_path)["n"].to_pylist()) == [0, 1, 2**40]


def test_numbers_in_the_last_row_group_that_a_narrower_table_cannot_hold_are_rejects(tmp_path: Path) -> None:
    load(tmp_path, pa.table({"n": pa.array([1], pa.int32())}), "mode: append")
    pq.write_table(pa.table({"n": [*range(5000), 2**40]}), tmp_path / "in.parquet", row_group_size=1000)
    report = run(tmp_path, (tmp_path / "ingest.yml").read_text())
    assert books(report) == (5001, 5000, 1)
    assert str(2**40) in report.resources[0].rejects[0].first
