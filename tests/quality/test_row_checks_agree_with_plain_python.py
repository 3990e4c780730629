"""What a check says of NULL, NaN, the empty string and the edges of a type is a promise; Python is the oracle."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.quality.model import Enum, Expression, Length, NotNull, Range, Regex

from .judging import column, failing_rows

_DOSE = settings(deadline=None, max_examples=60)
_BERLIN_WINTER = timezone(timedelta(hours=1))
_TEXT = st.text("aZ0äß\n€😀 \\'\u0301", max_size=5)
_MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
_VALUES: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int8(), st.integers(-128, 127)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)),
    (pa.uint64(), st.integers(0, 2**64 - 1) | st.integers(0, 3)),
    (pa.float32(), st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0])),
    (pa.float64(), st.floats() | st.sampled_from([0.0, -0.0, 0.1])),
    (pa.decimal128(6, 2), st.decimals(-9999, 9999, places=2)),
    (pa.decimal128(38, 0), st.integers(1 - 10**38, 10**38 - 1).map(Decimal)),
    (pa.date32(), st.dates()),
    (pa.time64("us"), st.times()),
    (pa.timestamp("us"), _MOMENTS),
    (pa.timestamp("ns"), _MOMENTS),
    (pa.timestamp("us", "UTC"), _MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    (pa.timestamp("us", "+01:00"), _MOMENTS.map(lambda moment: moment.replace(tzinfo=_BERLIN_WINTER))),
]
_TEXTS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (kind, _TEXT) for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()))
]
_TRUTHS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [(pa.bool_(), st.booleans())]


def _columns(kinds: list[tuple[pa.DataType, st.SearchStrategy[Any]]]) -> st.SearchStrategy[Any]:
    """(type, values with NULLs, two more values of the type)."""
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.tuples(st.just(kind[0]), st.lists(st.none() | kind[1], max_size=12), kind[1], kind[1])
    )


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


@_DOSE
@given(_columns(_VALUES + _TEXTS + _TRUTHS))
def test_not_null_fails_on_null_alone(drawn: Any) -> None:
    kind, values, _, _ = drawn
    assert failing_rows(NotNull(column="x", action="dlq"), [column(values, kind)]) == [
        row for row, value in enumerate(values) if value is None
    ]


@_DOSE
@given(_columns(_VALUES), st.booleans(), st.booleans(), st.booleans())
def test_range_includes_its_bounds_passes_null_and_fails_nan(drawn: Any, low: bool, high: bool, text: bool) -> None:
    kind, values, least, most = drawn
    if _is_nan(least) or _is_nan(most):
        return
    bounds = {name: bound for name, bound, used in (("min", least, low or not high), ("max", most, high)) if used}
    written = {name: str(bound) if text or isinstance(bound, time) else bound for name, bound in bounds.items()}
    expected = [
        row
        for row, value in enumerate(values)
        if value is not None
        and (_is_nan(value) or value < bounds.get("min", value) or value > bounds.get("max", value))
    ]
    assert failing_rows(Range(column="x", action="dlq", **written), [column(values, kind)]) == expected


@_DOSE
@given(_columns(_VALUES + _TEXTS + _TRUTHS), st.data())
def test_enum_passes_null_and_what_is_listed(drawn: Any, data: st.DataObject) -> None:
    kind, values, one, other = drawn
    present = [value for value in values if value is not None]
    listed = [one, other, *data.draw(st.lists(st.sampled_from(present), max_size=12) if present else st.just([]))]
    expected = [
        row
        for row, value in enumerate(values)
        if value is not None and not any(value == one or (_is_nan(value) and _is_nan(one)) for one in listed)
    ]
    written = [str(value) if isinstance(value, time) else value for value in listed]
    assert failing_rows(Enum(column="x", allowed_values=written, action="dlq"), [column(values, kind)]) == expected


@_DOSE
@given(_columns(_TEXTS), st.integers(0, 4), st.integers(0, 4))
def test_length_counts_code_points_and_passes_null(drawn: Any, least: int, most: int) -> None:
    kind, values, _, _ = drawn
    assert failing_rows(Length(column="x", min=least, max=most, action="dlq"), [column(values, kind)]) == [
        row for row, value in enumerate(values) if value is not None and not least <= len(value) <= most
    ]


@_DOSE
@given(_columns(_TEXTS), _TEXT)
def test_regex_searches_anywhere_and_passes_null(drawn: Any, wanted: str) -> None:
    kind, values, _, _ = drawn
    pattern = "".join(f"\\x{{{ord(char):x}}}" for char in wanted)
    assert failing_rows(Regex(column="x", pattern=pattern, action="dlq"), [column(values, kind)]) == [
        row for row, value in enumerate(values) if value is not None and wanted not in value
    ]


def test_an_anchored_regex_looks_at_the_whole_text() -> None:
    values = ["ab", "xab", "", None, "ab\n"]
    assert failing_rows(Regex(column="x", pattern="^ab$", action="dlq"), [column(values, pa.string())]) == [1, 2, 4]


@_DOSE
@given(st.lists(st.tuples(st.none() | st.integers(-3, 3), st.none() | st.integers(-3, 3)), max_size=12))
def test_an_expression_fails_where_it_is_false_and_passes_null(pairs: list[tuple[int | None, int | None]]) -> None:
    batch = pa.RecordBatch.from_pylist(
        [{"a": a, "b": b} for a, b in pairs], schema=pa.schema([("a", pa.int64()), ("b", pa.int64())])
    )
    assert failing_rows(Expression(expression="a <= b", action="dlq"), [batch]) == [
        row for row, (a, b) in enumerate(pairs) if a is not None and b is not None and a > b
    ]


def test_a_field_of_a_struct_is_null_where_the_struct_is() -> None:
    addresses = pa.array([{"city": "Ulm"}, {"city": None}, None, {"city": ""}], pa.struct([("city", pa.string())]))
    batch = pa.RecordBatch.from_arrays([addresses], names=["address"])
    assert failing_rows(NotNull(column="address.city", action="dlq"), [batch]) == [1, 2]
    assert failing_rows(Length(column="address.city", min=1, action="dlq"), [batch]) == [3]


def test_a_column_without_a_type_is_all_null() -> None:
    batch = column([None, None], pa.null())
    assert failing_rows(NotNull(column="x", action="dlq"), [batch]) == [0, 1]
    assert failing_rows(Range(column="x", min=1, action="dlq"), [batch]) == []
    assert failing_rows(Regex(column="x", pattern="a", action="dlq"), [batch]) == []
    assert failing_rows(Enum(column="x", allowed_values=[1], action="dlq"), [batch]) == []


def test_a_slice_of_a_batch_is_judged_as_itself() -> None:
    batch = column([date(2024, 1, day) for day in range(1, 11)], pa.date32()).slice(3, 4)
    assert failing_rows(Range(column="x", min="2024-01-05", max="2024-01-06", action="dlq"), [batch]) == [0, 3]
