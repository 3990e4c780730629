"""Generated rows depend on the seed, the column and the row number alone: demos, benchmarks and resumes rely on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from conduit.connectors._lib import splitmix
from conduit.connectors.generate import GenerateSource, GenerateSourceOptions
from conduit.sdk import ReadRequest, SourceError, parse_type, type_name
from conduit.sdk.suites import COMMON_TYPES, NESTED_TYPES, SourceSuite
from conduit.sdk.suites.reading import read_all

EVERY_TYPE = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "string",
    "large_string", "binary", "large_binary", "date", "time", "time[s]", "time[ns]", "timestamp[s]", "timestamp[ns]",
    "timestamp[us, UTC]", "duration", "null", "decimal(5,2)", "decimal(38,10)", "decimal(50,2)", "list<int64>",
    "struct<x: int64, y: list<string>>", "list<struct<x: date>>",
)  # fmt: skip


class TestGenerateSource(SourceSuite):
    keeps = "schema"
    types = (*COMMON_TYPES, *NESTED_TYPES)

    def make_source(self, tmp_path: Path, table: pa.Table) -> GenerateSource:
        columns: dict[str, Any] = {field.name: type_name(field.type) for field in table.schema}
        if "id" in columns:
            columns["id"] = {"type": "sequence", "start": 0}
        if "name" in columns:
            columns["name"] = {"type": "string", "values": ["name 1", "name 4", None]}
        return GenerateSource(GenerateSourceOptions(rows=table.num_rows, columns=columns, partitions=3))


def generated(rows: int = 1_000, **options: Any) -> pa.Table:
    return read_all(GenerateSource(GenerateSourceOptions(rows=rows, **options)), ReadRequest())[1]


def column(description: Any, rows: int = 1_000, seed: int = 0) -> pa.ChunkedArray:
    return generated(rows, columns={"c": description}, seed=seed)["c"]


def test_the_bits_are_those_of_the_published_splitmix64() -> None:
    """The first outputs for the state 1234567, as other implementations print them."""
    assert splitmix.bits(1234567, 0, 3).to_list() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_default_rows_never_change() -> None:
    """A golden row: whoever changes it changes every demo and every recorded benchmark."""
    assert generated(1).drop_columns("created_at").to_pylist() == [
        {
            "id": 1,
            "name": "Tu Youyou",
            "email": "user1@example.com",
            "amount": Decimal("774.11"),
            "active": True,
            "country": "BR",
        }
    ]


def test_any_partitioning_gives_the_same_rows() -> None:
    assert generated(997, partitions=7).equals(generated(997, partitions=1))


def test_another_seed_gives_other_values() -> None:
    assert not column("int64", seed=1).equals(column("int64", seed=2))


def test_two_columns_of_one_type_differ() -> None:
    table = generated(columns={"a": "int64", "b": "int64"})
    assert not table["a"].equals(table["b"])


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_every_type_gives_valid_values(name: str) -> None:
    values = column(name)
    values.validate(full=True)
    assert values.type == parse_type(name)
    assert values.null_count == (1_000 if name == "null" else 0)


@pytest.mark.parametrize("name", [name for name in EVERY_TYPE if name != "null"])
def test_a_null_rate_makes_about_that_share_null(name: str) -> None:
    assert 200 < column({"type": name, "null_rate": 0.25}).null_count < 300


def test_bounds_are_reached_and_kept() -> None:
    numbers = column({"type": "int64", "min": -3, "max": 3})
    assert sorted(set(numbers.to_pylist())) == [-3, -2, -1, 0, 1, 2, 3]


def test_the_whole_range_of_64_bits_can_be_asked_for() -> None:
    signed = column({"type": "int64", "min": -(2**63), "max": 2**63 - 1})
    unsigned = column({"type": "uint64", "min": 0, "max": 2**64 - 1})
    assert pc.min(signed).as_py() < -(2**62) < 2**62 < pc.max(signed).as_py()
    assert pc.max(unsigned).as_py() > 2**63


def test_bounds_are_written_as_values_of_the_type() -> None:
    days = column({"type": "date", "min": date(2024, 1, 30), "max": "2024-02-01"})
    prices = column({"type": "decimal(6,2)", "min": "9.98", "max": Decimal("10.01")})
    moments = column({"type": "timestamp[us, UTC]", "min": "2024-01-01 00:00:00", "max": "2024-01-01 00:00:01"})
    assert set(days.to_pylist()) == {date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 1)}
    assert set(prices.to_pylist()) == {Decimal("9.98"), Decimal("9.99"), Decimal("10.00"), Decimal("10.01")}
    assert {str(moment)[:18] for moment in moments.to_pylist()} == {"2024-01-01 00:00:0"}


def test_a_sequence_counts_across_partitions() -> None:
    table = generated(100, columns={"n": {"type": "sequence", "start": 10, "step": -5}}, partitions=4)
    assert table["n"].to_pylist() == list(range(10, 10 - 500, -5))


def test_listed_values_are_all_used_and_typed() -> None:
    assert set(column({"type": "decimal(4,1)", "values": ["1.5", 2, None]}).to_pylist()) == {
        Decimal("1.5"),
        Decimal("2.0"),
        None,
    }


def test_a_template_takes_the_row_number_or_a_bounded_one() -> None:
    assert column({"type": "string", "template": "<{}>"}, rows=2).to_pylist() == ["<1>", "<2>"]
    bounded = column({"type": "string", "template": "group {}", "min": 1, "max": 2})
    assert set(bounded.to_pylist()) == {"group 1", "group 2"}


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("int46", "'int64'"),
        ({"type": "int8", "max": 500}, "500"),
        ({"type": "int64", "min": 5, "max": 1}, "greater than"),
        ({"type": "date", "min": "yesterday"}, "yesterday"),
        ({"type": "int64", "values": ["x"]}, "'x'"),
        ({"type": "list<int64>", "min": 1}, "bound numbers"),
        ({"type": "string", "template": "no place"}, "pattern"),
        ({"type": "int64", "null_rate": 1.5}, "less than or equal to 1"),
        ({"type": "int64", "mean": 3}, "not permitted"),
    ],
)
def test_a_description_that_cannot_work_is_refused_at_once(description: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GenerateSourceOptions(columns={"c": description})
    assert reason in str(caught.value)


def test_an_unknown_column_is_named_with_the_nearest() -> None:
    with pytest.raises(SourceError, match="'emial'") as caught:
        GenerateSource(GenerateSourceOptions()).scan(ReadRequest(columns=("emial",)))
    assert "'email'" in str(caught.value)
