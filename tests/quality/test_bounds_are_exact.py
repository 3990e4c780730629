"""A bound that passes through a float, or is rounded to the column, moves rows across it unseen."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from conduit.errors import ConfigError
from conduit.quality.checker import Checker
from conduit.quality.model import Enum, Range

from .judging import column, failing_rows

_BIG = 2**53 + 1
_NS = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("kind", "values", "bounds", "failing"),
    [
        (pa.int64(), [_BIG - 1, _BIG], {"min": _BIG}, [0]),
        (pa.int64(), [1, 2], {"min": 1.5}, [0]),
        (pa.int64(), [-2, -1], {"max": "-1.5"}, [1]),
        (pa.int8(), [-128, 127, None], {"min": -(10**30), "max": 10**30}, []),
        (pa.int8(), [-128, 127, None], {"min": 128}, [0, 1]),
        (pa.uint64(), [0, 2**64 - 1], {"max": 2**64 - 2}, [1]),
        (pa.int64(), [1, 2], {"min": float("-inf"), "max": float("inf")}, []),
        (pa.int64(), [1, 2, 3], {"min": 3, "max": 1}, [0, 1, 2]),
        (pa.decimal128(10, 2), [Decimal("0.10"), Decimal("0.11")], {"max": 0.1}, [1]),
        (pa.decimal128(10, 2), [Decimal("1.00"), Decimal("1.01")], {"min": "1.001"}, [0]),
        (pa.decimal128(38, 0), [Decimal(10**37), Decimal(10**37 + 1)], {"max": 10**37}, [1]),
        (pa.float64(), [0.1, 0.2], {"max": Decimal("0.1")}, [1]),
        (pa.float32(), [0.1, 0.2], {"min": 0.1, "max": 0.1}, [1]),
        (pa.timestamp("ns"), [_NS, _NS + 1], {"max": "2024-01-01T00:00:00.000000000"}, [1]),
        (pa.timestamp("ns"), [_NS + 123, _NS + 124], {"min": "2024-01-01 00:00:00.000000124"}, [0]),
        (pa.timestamp("s"), [_NS // 10**9, _NS // 10**9 + 1], {"min": "2024-01-01 00:00:00.5"}, [0]),
        (pa.timestamp("s"), [2**62], {"min": "2024-01-01"}, []),
        (pa.timestamp("us", "UTC"), [_NS // 1000 - 1, _NS // 1000], {"min": "2024-01-01T01:00:00+01:00"}, [0]),
        (pa.timestamp("s", "Europe/Berlin"), [_NS // 10**9 - 3601, _NS // 10**9 - 3600], {"min": "2024-01-01"}, [0]),
        (pa.date32(), [19722, 19723, 19724], {"min": "2024-01-01", "max": "2024-01-01T23:00"}, [0, 2]),
        (pa.date64(), [19722 * 86_400_000, 19723 * 86_400_000], {"min": datetime(2024, 1, 1)}, [0]),
        (pa.time32("s"), [3599, 3600], {"min": "01:00:00"}, [0]),
        (pa.dictionary(pa.int8(), pa.int64()), [1, 2, None], {"max": 1}, [1]),
    ],
    ids=str,
)  # fmt: skip
def test_a_bound_is_what_was_written(kind: pa.DataType, values: list[Any], bounds: Any, failing: list[int]) -> None:
    assert failing_rows(Range(column="x", action="dlq", **bounds), [column(values, kind)]) == failing


@pytest.mark.parametrize(
    ("kind", "bound", "words"),
    [
        (pa.int64(), "many", "'many' is no int64"),
        (pa.int64(), True, "True is no int64"),
        (pa.int64(), "2024-01-01", "is no int64"),
        (pa.float64(), float("nan"), "NaN"),
        (pa.int64(), "1e999999999", "is no int64"),
        (pa.date32(), 5, "5 is no date32"),
        (pa.date32(), "2024-02-30", "is no date32"),
        (pa.timestamp("us"), datetime(2024, 1, 1, tzinfo=UTC), "has a time zone, the column has none"),
        (pa.timestamp("us", "Nowhere/Else"), "2024-01-01", "'Nowhere/Else' is unknown"),
        (pa.time64("us"), "25:00", "is no time"),
        (pa.string(), 1, "'x' is string"),
        (pa.duration("s"), 1, "'x' is duration"),
        (pa.list_(pa.int64()), 1, "'x' is list<int64>"),
    ],
    ids=str,
)
def test_a_bound_that_the_column_cannot_have_is_an_error(kind: pa.DataType, bound: Any, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Checker([Range.model_construct(column="x", min=bound, max=None)], pa.schema([("x", kind)]))
    assert words in str(caught.value)
    assert "range(x)" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "values", "listed", "failing"),
    [
        (pa.int64(), [1, 2], ["1"], [1]),
        (pa.string(), ["1", "2"], [1], [1]),
        (pa.float64(), [float("nan"), 0.5, -0.0], [float("nan"), 0], [1]),
        (pa.decimal128(5, 2), [Decimal("0.10"), Decimal("0.11")], [0.1], [1]),
        (pa.date32(), [19723, 19724], ["2024-01-01"], [1]),
        (pa.bool_(), [True, False], ["true"], [1]),
        (pa.binary(), [b"a", b"\xff"], ["a"], [1]),
        (pa.string(), ["a", None], [None], [0]),
        (pa.string(), list("abcdefghijkl"), list("abcdefghijk"), [11]),
    ],
    ids=str,
)
def test_listed_values_become_values_of_the_column(
    kind: pa.DataType, values: list[Any], listed: list[Any], failing: list[int]
) -> None:
    assert failing_rows(Enum(column="x", allowed_values=listed, action="dlq"), [column(values, kind)]) == failing


@pytest.mark.parametrize(
    ("kind", "value"),
    [(pa.int8(), 300), (pa.int64(), 1.5), (pa.int64(), "x"), (pa.decimal128(5, 2), "0.001"), (pa.bool_(), 1),
     (pa.string(), 1.0), (pa.string(), True), (pa.date32(), "2024-01-01T12:00"), (pa.binary(), 1)],
    ids=str,
)  # fmt: skip
def test_a_value_that_the_column_cannot_have_is_an_error(kind: pa.DataType, value: object) -> None:
    with pytest.raises(ConfigError, match=r"enum\(x\)"):
        Checker([Enum(column="x", allowed_values=[value])], pa.schema([("x", kind)]))
