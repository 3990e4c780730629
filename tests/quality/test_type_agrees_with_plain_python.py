"""`type` says which values another type could hold without loss; what it lets through a cast must not change."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.core.types import parse_type
from conduit.errors import ConfigError
from conduit.quality.checker import Checker
from conduit.quality.model import Type

from .judging import column, failing_rows

_DOSE = settings(deadline=None, max_examples=150)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WORDS = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_EXACT = Context(prec=200)
_EDGES = [0, 1, -1, 127, 128, -128, -129, 255, 256, 2**31, -(2**31), 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**60]
_FLOATS = st.floats() | st.sampled_from([0.1, 0.25, -0.0, 1e300, 2.0**53, 2.0**63, -(2.0**63), 2.0**64, 1e20, 5e-324])
_DECIMALS = st.decimals(-(10**9), 10**9, places=3) | st.sampled_from([Decimal("0.300"), Decimal("16777217.000")])
_TEXTS = st.one_of(
    st.integers().map(str),
    st.sampled_from(_EDGES).map(str),
    _DECIMALS.map(str),
    st.floats().map(repr),
    st.text("0123456789+-.eExX nÄ😀", max_size=6),
    st.sampled_from(
        ["", " 1", "1 ", "1.0", "1e2", "0x1F", "00012", "1e400", "NaN", "Infinity", "1_0", "１", "1e-5000"]
    ),
)
_SOURCES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.int64(): st.sampled_from(_EDGES) | st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.sampled_from([0, 1, 255, 256, 2**53 + 1, 2**63, 2**64 - 1]),
    pa.int8(): st.integers(-128, 127),
    pa.float64(): _FLOATS,
    pa.float32(): st.floats(width=32) | st.sampled_from([16777216.0, 0.5]),
    pa.decimal128(20, 3): _DECIMALS,
    pa.decimal128(38, 0): st.integers(1 - 10**38, 10**38 - 1).map(Decimal),
    pa.string(): _TEXTS,
    pa.string_view(): _TEXTS,
    pa.dictionary(pa.int16(), pa.large_string()): _TEXTS,
    pa.bool_(): st.booleans(),
}
_TARGETS = [
    "int8", "uint8", "int32", "int64", "uint64", "float32", "float64", "decimal(5,2)", "decimal(38,0)",
    "decimal(12,-2)", "decimal(50,10)", "bool", "string",
]  # fmt: skip


def _digits(value: Any, kind: pa.DataType) -> Decimal | None:
    """The number that a value stands for; a float stands for its shortest digits."""
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, float):
        return Decimal(str(np.float32(value) if kind == pa.float32() else value)) if math.isfinite(value) else None
    return Decimal(value)


def _to_whole(value: Any, source: pa.DataType, target: pa.DataType) -> bool:
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]+|0[xX][0-9a-fA-F]{1,16}", value):
            return False
        value = int(value, 16) if value[:2].lower() == "0x" else int(value)
    if isinstance(value, float) and not math.isfinite(value):
        return False
    low = -(2 ** (target.bit_width - 1)) if pa.types.is_signed_integer(target) else 0
    return value == int(value) and low <= value < low + 2**target.bit_width


def _to_float(value: Any, source: pa.DataType, target: pa.DataType) -> bool:
    width: Callable[[Any], Any] = np.float32 if target == pa.float32() else np.float64
    if isinstance(value, str):
        return bool(_WORDS.fullmatch(value) or (_NUMBER.fullmatch(value) and math.isfinite(width(value))))
    if isinstance(value, float):
        return math.isnan(value) or float(width(value)) == value
    if isinstance(value, Decimal):
        return math.isfinite(width(str(value))) and Decimal(str(width(str(value)))) == value
    return int(width(value)) == value


def _to_decimal(value: Any, source: pa.DataType, target: pa.DataType) -> bool:
    number = _digits(value, source)
    if number is None or (isinstance(value, str) and re.search(r"[eE]-\d{4}", value)):
        return False
    units = number.scaleb(target.scale, _EXACT)
    return units == units.to_integral_value(context=_EXACT) and units.copy_abs() < 10**target.precision


def _holds(value: Any, source: pa.DataType, target: pa.DataType) -> bool:
    if value is None or pa.types.is_string(target):
        return True
    if pa.types.is_boolean(target):
        return value.lower() in ("true", "false", "0", "1") if isinstance(value, str) else value in (0, 1)
    if pa.types.is_integer(target):
        return _to_whole(value, source, target)
    return (_to_decimal if pa.types.is_decimal(target) else _to_float)(value, source, target)


@pytest.mark.filterwarnings("ignore:overflow")
@_DOSE
@given(st.data(), st.sampled_from(list(_SOURCES)), st.sampled_from(_TARGETS))
def test_a_value_passes_when_the_type_holds_it(data: st.DataObject, source: pa.DataType, target: str) -> None:
    values = data.draw(st.lists(st.none() | _SOURCES[source], max_size=12))
    found = failing_rows(Type(column="x", type=target, action="dlq"), [column(values, source)])
    kind = parse_type(target)
    assert found == [row for row, value in enumerate(values) if not _holds(value, source, kind)]


_MOMENTS = st.datetimes(datetime(1600, 1, 1), datetime(2200, 1, 1)) | st.dates(date(1600, 1, 1), date(2200, 1, 1)).map(
    lambda day: datetime(day.year, day.month, day.day)
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.none() | _MOMENTS, max_size=8), st.sampled_from(["us", "ns"]), st.booleans())
def test_a_moment_passes_when_its_last_digits_are_zero(values: list[datetime | None], unit: str, zoned: bool) -> None:
    kind = pa.timestamp("us", "Europe/Berlin" if zoned else None)
    given_values = [value.replace(tzinfo=UTC) if value and zoned else value for value in values]
    coarse = "timestamp[s, UTC]" if zoned else "timestamp[s]"
    assert failing_rows(Type(column="x", type=coarse, action="dlq"), [column(given_values, kind)]) == [
        row for row, value in enumerate(values) if value and value.microsecond
    ]
    fine = f"timestamp[{unit}, UTC]" if zoned else f"timestamp[{unit}]"
    first, last = datetime(1677, 9, 21, 0, 12, 44), datetime(2262, 4, 11)
    assert failing_rows(Type(column="x", type=fine, action="dlq"), [column(given_values, kind)]) == [
        row for row, value in enumerate(values) if value and unit == "ns" and not first <= value <= last
    ]
    if not zoned:
        assert failing_rows(Type(column="x", type="date", action="dlq"), [column(values, kind)]) == [
            row for row, value in enumerate(values) if value and value.time() != time(0)
        ]


@pytest.mark.parametrize(
    ("kind", "passing", "failing"),
    [
        ("date", ["2024-02-29"], ["2023-02-29", "2024-2-9", "2024-02-29T00:00", "", " 2024-02-29", "today"]),
        ("timestamp[ms]", ["2024-01-01 10:00:00.123", "2024-01-01"], ["2024-01-01 10:00:00.1234", "2024-01-01T10:00Z"]),
        ("timestamp[us, UTC]", ["2024-01-01T10:00Z", "2024-01-01 10:00:00+01:00"], ["2024-01-01T10:00", "2024-01-01"]),
        ("time", ["10:00", "23:59:59.123456"], ["24:00", "10:00:00.1234567", "noon", ""]),
        ("bool", ["true", "FALSE", "0"], ["yes", "t", "", "2"]),
    ],
)
def test_text_passes_when_it_is_read_as_the_type(kind: str, passing: list[str], failing: list[str]) -> None:
    rows = failing_rows(Type(column="x", type=kind, action="dlq"), [column([*passing, None, *failing], pa.string())])
    assert rows == list(range(len(passing) + 1, len(passing) + 1 + len(failing)))


def test_bytes_are_text_where_they_are_utf_8() -> None:
    batch = column([b"\xc3\xa4", b"\xff", b"", None], pa.binary())
    assert failing_rows(Type(column="x", type="string", action="dlq"), [batch]) == [1]


def test_a_field_of_a_struct_and_a_column_of_nulls() -> None:
    addresses = pa.array([{"zip": "89073"}, {"zip": "D-1"}, None], pa.struct([("zip", pa.string())]))
    batch = pa.RecordBatch.from_arrays([addresses, pa.nulls(3)], names=["address", "nothing"])
    assert failing_rows(Type(column="address.zip", type="int32", action="dlq"), [batch]) == [1]
    assert failing_rows(Type(column="nothing", type="date", action="dlq"), [batch]) == []
    assert failing_rows(Type(column="address.zip", type="null", action="dlq"), [batch]) == [0, 1]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (pa.int64(), "date"), (pa.date32(), "timestamp[us, UTC]"), (pa.timestamp("us", "UTC"), "timestamp"),
        (pa.list_(pa.int64()), "int64"), (pa.string(), "list<int64>"), (pa.binary(), "int64"), (pa.bool_(), "date"),
        (pa.date32(), "bool"), (pa.time32("s"), "duration"),
    ],
    ids=str,
)  # fmt: skip
def test_a_type_that_no_value_could_be_of_is_an_error(source: pa.DataType, target: str) -> None:
    with pytest.raises(ConfigError, match=r"type\(x\)"):
        Checker([Type(column="x", type=target)], pa.schema([("x", source)]))


def test_a_load_of_bad_text_costs_no_more_than_some_casts() -> None:
    """By halves, value by value, a million of them would take half a minute."""
    for kind in ("int32", "int64", "decimal(9,1)", "timestamp", "float64"):
        batch = column([f"{i}.{i}.1" for i in range(20_000)] + ["99999999999"] * 20_000, pa.string())
        checker = Checker([Type(column="x", type=kind, action="warn")], batch.schema)
        checker.judge(batch)
        assert checker.results()[0].failed >= 20_000
