"""Conforming loses nothing: a value that the target cannot hold exactly takes its row to the rejects."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from conduit.errors import SchemaError
from conduit.schema.conform import Conformer


def _conform(values: list[object], source: pa.DataType, target: pa.DataType) -> tuple[list[object], list[str]]:
    batch = pa.RecordBatch.from_arrays([pa.array(values, source)], names=["v"])
    conformed = Conformer(batch.schema, pa.schema([("v", target)]), "here").conform(batch)
    rejected = conformed.rejected
    messages = rejected.reasons["message"].to_pylist() if rejected else []
    assert conformed.passed.num_rows + (rejected.rows.num_rows if rejected else 0) == len(values)
    return conformed.passed["v"].to_pylist(), messages


@pytest.mark.parametrize(
    ("values", "source", "target", "passed", "messages"),
    [
        ([1, 300, None], pa.int64(), pa.int8(), [1, None], ["300 does not fit int8"]),
        ([1.0, 1.5], pa.float64(), pa.int64(), [1], ["1.5 does not fit int64"]),
        ([Decimal("1.20"), Decimal("1.23")], pa.decimal128(5, 2), pa.decimal128(5, 1), [Decimal("1.2")],
         ["1.23 does not fit decimal(5,1)"]),
        (["1.5", "1e-999999999"], pa.string(), pa.decimal128(5, 1), [Decimal("1.5")],
         ["1e-999999999 does not fit decimal(5,1)"]),
        (["7", "x"], pa.string(), pa.int64(), [7], ["x does not fit int64"]),
        ([2**53 + 1], pa.int64(), pa.float64(), [], [f"{2**53 + 1} does not fit float64"]),
        ([dt.datetime(2024, 1, 1, 0, 0, 0, 5)], pa.timestamp("us"), pa.timestamp("ms"), [],
         ["2024-01-01 00:00:00.000005 does not fit timestamp[ms]"]),
        ([2**64 - 1], pa.uint64(), pa.int64(), [], [f"{2**64 - 1} does not fit int64"]),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_rejected(
    values: list[object], source: pa.DataType, target: pa.DataType, passed: list[object], messages: list[str]
) -> None:
    assert _conform(values, source, target) == (passed, messages)


def test_columns_are_matched_by_name_and_absent_ones_are_null() -> None:
    batch = pa.RecordBatch.from_pydict({"b": [1], "a": ["x"]})
    target = pa.schema([("a", pa.string()), ("b", pa.int32()), ("c", pa.date32())])
    assert Conformer(batch.schema, target, "here").conform(batch).passed.to_pylist() == [{"a": "x", "b": 1, "c": None}]


def test_a_batch_that_fits_is_the_same_object() -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1]})
    assert Conformer(batch.schema, batch.schema, "here").conform(batch).passed is batch


def test_a_null_in_a_required_column_is_rejected() -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1, None]})
    target = pa.schema([pa.field("a", pa.int64(), nullable=False)])
    conformed = Conformer(batch.schema, target, "here").conform(batch)
    assert conformed.passed.to_pylist() == [{"a": 1}]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ([("id", pa.int64())], [("idd", pa.int64())], "no column 'id' .did you mean 'idd'"),
        ([("a", pa.struct([("x", pa.int64())]))], [("a", pa.int64())], "cannot become int64"),
        ([("a", pa.timestamp("us"))], [("a", pa.timestamp("us", "UTC"))], "cannot become timestamp"),
        ([("a", pa.timestamp("us", "UTC"))], [("a", pa.timestamp("us"))], "cannot become timestamp"),
    ],
)
def test_what_can_never_fit_is_told_before_anything_moves(
    source: list[tuple[str, pa.DataType]], target: list[tuple[str, pa.DataType]], message: str
) -> None:
    """A wall clock is not a moment: taking one for the other shifts it in time without being asked."""
    with pytest.raises(SchemaError, match=message):
        Conformer(pa.schema(source), pa.schema(target), "here")


def test_a_required_column_that_does_not_come_is_told() -> None:
    target = pa.schema([pa.field("a", pa.int64()), pa.field("must", pa.int64(), nullable=False)])
    with pytest.raises(SchemaError, match="requires the column 'must'"):
        Conformer(pa.schema([("a", pa.int64())]), target, "here")
