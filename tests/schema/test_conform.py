"""Conforming loses nothing: a value that the target cannot hold exactly takes its row to the rejects."""

from __future__ import annotations

import datetime as dt
import math
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
        ([-1], pa.int64(), pa.uint64(), [], ["-1 does not fit uint64"]),
        ([2**64 - 1], pa.uint64(), pa.decimal128(20, 0), [Decimal(2**64 - 1)], []),
        ([2**60], pa.int64(), pa.float64(), [2.0**60], []),
        ([0.1, 0.123], pa.float64(), pa.decimal128(5, 2), [Decimal("0.10")], ["0.123 does not fit decimal(5,2)"]),
        ([Decimal("52.73"), Decimal("0.1234567890123456789")], pa.decimal128(38, 19), pa.float64(), [52.73],
         ["0.1234567890123456789 does not fit float64"]),
        ([1e300, 0.1, 0.5], pa.float64(), pa.float32(), [0.5],
         ["1e+300 does not fit float32", "0.1 does not fit float32"]),
        ([2, 1, 0], pa.int64(), pa.bool_(), [True, False], ["2 does not fit bool"]),
        ([0.5], pa.float64(), pa.bool_(), [], ["0.5 does not fit bool"]),
        (["1e400", "inf"], pa.string(), pa.float64(), [math.inf], ["1e400 does not fit float64"]),
        (["5e-42", "0e-42"], pa.string(), pa.decimal128(20, 3), [Decimal("0.000")],
         ["5e-42 does not fit decimal(20,3)"]),
        (["1234567890123"], pa.string(), pa.decimal128(38, 30), [],
         ["1234567890123 does not fit decimal(38,30)"]),
        ([Decimal(123456789 * 10**4)], pa.decimal128(38, 0), pa.decimal128(38, 30), [],
         ["1234567890000 does not fit decimal(38,30)"]),
        ([dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, 5)], pa.timestamp("us"), pa.date32(), [dt.date(2024, 1, 1)],
         ["2024-01-01 05:00:00.000000 does not fit date32"]),
        ([dt.datetime(2263, 1, 1)], pa.timestamp("us"), pa.timestamp("ns"), [],
         ["2263-01-01 00:00:00.000000 does not fit timestamp[ns]"]),
        ([dt.date(2263, 1, 1)], pa.date32(), pa.timestamp("ns"), [], ["2263-01-01 does not fit timestamp[ns]"]),
        (["2263-01-01"], pa.string(), pa.timestamp("ns"), [], ["2263-01-01 does not fit timestamp[ns]"]),
        (["2024-01-01 00:00:00", "2024-01-01 00:00:00Z"], pa.string(), pa.timestamp("s", "UTC"),
         [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)], ["2024-01-01 00:00:00 does not fit timestamp[s, UTC]"]),
        ([10**15], pa.timestamp("s"), pa.string(), [], [f"<value out of range: {10**15}> does not fit string"]),
        ([b"\xff", b"a"], pa.binary(), pa.string(), ["a"], ["a binary does not fit string"]),
        ([b"abc"], pa.binary(), pa.binary(2), [], ["abc does not fit fixed_size_binary[2]"]),
        ([None, [1, 300]], pa.list_(pa.int64()), pa.list_(pa.int8()), [None],
         ["a list<int64> does not fit list<int8>"]),
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


def test_a_count_is_a_moment_only_where_the_user_names_its_unit() -> None:
    batch = pa.RecordBatch.from_pydict({"at": [1_700_000_000, None]})
    target = pa.schema([("at", pa.timestamp("s", "UTC"))])
    with pytest.raises(SchemaError, match="cannot become"):
        Conformer(batch.schema, target, "here")
    conformed = Conformer(batch.schema, target, "here", asked=True).conform(batch)
    moment = dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC)
    assert conformed.passed.to_pylist() == [{"at": moment}, {"at": None}]


def test_values_that_are_stored_in_a_code_are_seen_as_themselves() -> None:
    coded = pa.DictionaryArray.from_arrays([0, 1, 2, None], ["7", None, "x"])
    batch = pa.RecordBatch.from_arrays([coded], names=["v"])
    conformed = Conformer(batch.schema, pa.schema([("v", pa.int64())]), "here").conform(batch)
    assert conformed.passed["v"].to_pylist() == [7, None, None]
    assert conformed.rejected is not None
    assert conformed.rejected.reasons["message"].to_pylist() == ["x does not fit int64"]


def test_the_rows_that_pass_keep_their_order() -> None:
    values = [number if number % 3 else number + 0.5 for number in range(1000)]
    batch = pa.RecordBatch.from_pydict({"v": values})
    conformed = Conformer(batch.schema, pa.schema([("v", pa.int64())]), "here").conform(batch)
    assert conformed.passed["v"].to_pylist() == [number for number in range(1000) if number % 3]
    assert conformed.rejected is not None
    assert conformed.rejected.numbers.to_pylist() == list(range(0, 1000, 3))


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


def test_rows_of_text_views_are_rejected_and_pass_as_they_are() -> None:
    views = pa.array(["a", "b"]).cast(pa.string_view())
    batch = pa.record_batch({"n": pa.array(["1", "x"]), "v": views})
    target = pa.schema([("n", pa.int64()), ("v", pa.string_view())])
    found = Conformer(batch.schema, target, "here").conform(batch)
    assert found.passed.to_pylist() == [{"n": 1, "v": "a"}]
    assert found.rejected is not None
    assert found.rejected.rows.to_pylist() == [{"n": "x", "v": "b"}]
