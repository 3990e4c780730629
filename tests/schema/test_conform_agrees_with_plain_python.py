"""Conforming keeps a value or rejects its row: what comes out equals what went in, by the rules of plain Python."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conduit.schema.conform import Conformer, Misfits

_DOSE = settings(deadline=None, max_examples=250)
_EXACT = Context(prec=200)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EDGES = [0, 1, -1, 2, 127, 128, -128, -129, 255, 256, 2**24 + 1, 2**31, -(2**31), 2**53, 2**53 + 1, -(2**53) - 1]
_EDGES += [2**60, 2**63 - 1, -(2**63)]
_LONG = [*_EDGES, 2**63, 2**64 - 1, 10**15, 10**15 - 1, 10**17 + 1]
_FLOATS = st.floats() | st.sampled_from([0.1, 0.123, -0.0, 1e300, 2.0**53, 2.0**63, -(2.0**63), 1e15 + 0.5, 5e-324])
_DECIMALS = st.integers(1 - 10**20, 10**20 - 1).map(lambda units: Decimal(units).scaleb(-3, _EXACT))
_CENTS = st.integers(1 - 10**15, 10**15 - 1).map(lambda units: Decimal(units).scaleb(-2, _EXACT))
NUMBERS: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.sampled_from(_EDGES) | st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.sampled_from([number for number in _LONG if number >= 0]) | st.integers(0, 2**64 - 1),
    pa.float16(): st.floats(width=16),
    pa.float32(): st.floats(width=32) | st.sampled_from([16777216.0, 0.5]),
    pa.float64(): _FLOATS | _CENTS.map(float),
    pa.decimal128(15, 2): _CENTS,
    pa.decimal128(20, 3): _DECIMALS | st.sampled_from(_EDGES[:-3]).map(Decimal) | st.just(Decimal("0.300")),
    pa.decimal128(38, 30): st.integers(1 - 10**38, 10**38 - 1).map(lambda units: Decimal(units).scaleb(-30, _EXACT)),
    pa.decimal128(5, -2): st.integers(-99999, 99999).map(lambda units: Decimal(units).scaleb(2, _EXACT)),
    pa.decimal256(60, 5): st.integers(1 - 10**60, 10**60 - 1).map(lambda units: Decimal(units).scaleb(-5, _EXACT)),
    pa.bool_(): st.booleans(),
}
TARGETS = [
    *NUMBERS, pa.uint8(), pa.int32(), pa.decimal128(5, 2), pa.decimal128(38, 0), pa.decimal64(18, 4), pa.string()
]  # fmt: skip
_WIDTHS: dict[pa.DataType, Callable[[Any], Any]] = {
    pa.float16(): np.float16,
    pa.float32(): np.float32,
    pa.float64(): np.float64,
}


def conformed(values: list[Any], source: pa.DataType, target: pa.DataType) -> tuple[list[Any], list[int]]:
    """What passed, and the numbers of the rows that were rejected."""
    batch = pa.record_batch([pa.array(values, source)], ["x"])
    result = Conformer(batch.schema, pa.schema([("x", target)]), "here").conform(batch)
    result.passed.validate(full=True)
    assert result.passed.column(0).type == target
    if result.rejected is None:
        return result.passed["x"].to_pylist(), []
    numbers = result.rejected.numbers.to_pylist()
    assert str(result.rejected.rows["x"]) == str(batch["x"].take(result.rejected.numbers))
    assert result.rejected.reasons["column"].to_pylist() == ["x"] * len(numbers)
    return result.passed["x"].to_pylist(), numbers


def _digits(value: float, kind: pa.DataType) -> Decimal:
    """The shortest digits that name a float of that width."""
    if kind == pa.float16():
        kind, value = pa.float32(), float(value)
    return Decimal(str(_WIDTHS[kind](value)))


def _same(before: Any, source: pa.DataType, after: Any, target: pa.DataType) -> bool:
    """Is the value that came out the one that went in?"""
    if isinstance(before, float) and math.isnan(before):
        return str(after) == "nan"
    if pa.types.is_string(target):
        if isinstance(before, bool):
            return bool(after == str(before).lower())
        number = _digits(before, source) if pa.types.is_floating(source) else Decimal(before)
        return Decimal(after) == number
    if isinstance(before, Decimal) and isinstance(after, float):
        return math.isfinite(after) and _digits(after, target) == before
    if isinstance(before, float) and isinstance(after, Decimal):
        return math.isfinite(before) and _digits(before, source) == after
    return bool(before == after)


def _nearest(value: Any, source: pa.DataType, target: pa.DataType) -> Any:
    """The only value of the other type that can be the same; None where there is none."""
    if pa.types.is_string(target):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return value if pa.types.is_floating(target) else None
    if pa.types.is_boolean(target):
        return bool(value) if value in (0, 1) else None
    if pa.types.is_integer(target):
        low = -(2 ** (target.bit_width - 1)) if pa.types.is_signed_integer(target) else 0
        return int(value) if low <= value < low + 2**target.bit_width and value == int(value) else None
    if pa.types.is_floating(target):
        with np.errstate(over="ignore"):
            width = _WIDTHS[pa.float32() if target == pa.float16() and isinstance(value, Decimal) else target]
            return float(_WIDTHS[target](width(str(value) if isinstance(value, Decimal) else value)))
    number = _digits(value, source) if isinstance(value, float) else Decimal(value)
    units = number.scaleb(target.scale, _EXACT)
    return (
        number if units == units.to_integral_value(context=_EXACT) and units.copy_abs() < 10**target.precision else None
    )


@pytest.mark.filterwarnings("ignore:overflow")
@_DOSE
@given(st.data(), st.sampled_from(list(NUMBERS)), st.sampled_from(TARGETS))
def test_a_number_stays_that_number_or_is_rejected(
    data: st.DataObject, source: pa.DataType, target: pa.DataType
) -> None:
    values = data.draw(st.lists(st.none() | NUMBERS[source], max_size=12))
    passed, rejected = conformed(values, source, target)
    left = [value for row, value in enumerate(values) if row not in rejected]
    assert len(left) == len(passed)
    for before, after in zip(left, passed):
        assert (before is None) == (after is None)
        assert before is None or _same(before, source, after, target), (before, after)
    for row in rejected:
        found = _nearest(values[row], source, target)
        assert found is None or not _same(values[row], source, found, target), values[row]


_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_KINDS_OF_TIME: dict[str, list[pa.DataType]] = {
    "moment": [pa.date32(), pa.date64(), *(pa.timestamp(unit) for unit in _UNITS)],
    "instant": [pa.timestamp(unit, zone) for unit in _UNITS for zone in ("UTC", "Asia/Tokyo")],
    "time": [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")],
    "duration": [pa.duration(unit) for unit in _UNITS],
}


def _scale(kind: pa.DataType) -> tuple[int, int]:
    """Nanoseconds in a unit, and how many bits count them."""
    if pa.types.is_date(kind):
        return (86_400 * 10**9, 32) if kind == pa.date32() else (10**6, 64)
    return 10**9 // _UNITS[kind.unit], kind.bit_width


@_DOSE
@given(st.data(), st.sampled_from(list(_KINDS_OF_TIME)))
def test_a_moment_is_not_moved_and_not_cut(data: st.DataObject, family: str) -> None:
    source, target = (data.draw(st.sampled_from(_KINDS_OF_TIME[family])) for _ in range(2))
    (unit, bits), (wanted, room) = _scale(source), _scale(target)
    most = 86_400 * 10**9 // unit - 1 if family == "time" else 2 ** (bits - 1) - 1
    whole_days = st.integers(-100_000, 100_000).map(lambda day: day * 86_400 * 10**9 // unit)
    counts = st.integers(0, most) if family == "time" else st.integers(-most, most) | whole_days
    drawn = data.draw(st.lists(st.none() | counts, max_size=10))
    whole = pa.int32() if bits == 32 else pa.int64()
    if source == pa.date64():
        drawn = [None if count is None else max(min(count, 10**15), -(10**15)) for count in drawn]
    column = pa.array(drawn, whole).view(source)
    batch = pa.record_batch([column], ["x"])
    result = Conformer(batch.schema, pa.schema([("x", target)]), "here").conform(batch)
    rejected = result.rejected.numbers.to_pylist() if result.rejected else []
    passed = result.passed["x"].view(pa.int32() if room == 32 else pa.int64()).to_pylist()
    expected = [
        None if count is None else count * unit // wanted for row, count in enumerate(drawn) if row not in rejected
    ]
    assert passed == expected
    step = 86_400 * 10**9 if pa.types.is_date(target) else wanted
    for row, count in enumerate(drawn):
        fits = count is None or (count * unit % step == 0 and abs(count * unit // wanted) < 2 ** (room - 1))
        if source != target:
            assert fits == (row not in rejected), count


@_DOSE
@given(st.lists(st.none() | st.text(max_size=4).map(str.encode) | st.binary(max_size=5), max_size=12))
@example([b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"a\n\xc3\xa4", None, b"\xff"])
def test_bytes_become_the_text_that_they_spell(values: list[bytes | None]) -> None:
    def spelled(value: bytes) -> str | None:
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None

    passed, rejected = conformed(values, pa.binary(), pa.string())
    assert rejected == [row for row, value in enumerate(values) if value is not None and spelled(value) is None]
    assert passed == [
        None if value is None else value.decode() for row, value in enumerate(values) if row not in rejected
    ]


TEXTS = st.one_of(
    _FLOATS.map(repr),
    st.sampled_from(_LONG).map(str),
    _DECIMALS.map(str),
    st.sampled_from(["", "1e400", "-1e400", "1e-5000", "inf", "NaN", " 1", "1_0", "0x1F", "true", "2"]),
)


@_DOSE
@given(st.lists(st.none() | TEXTS, max_size=12), st.sampled_from([pa.float64(), pa.int64(), pa.decimal128(20, 3)]))
def test_text_becomes_the_number_that_it_spells(values: list[str | None], target: pa.DataType) -> None:
    passed, rejected = conformed(values, pa.string(), target)
    left = [text for row, text in enumerate(values) if row not in rejected]
    for text, after in zip(left, passed, strict=True):
        if text is None or after is None:
            assert text is after
        elif pa.types.is_floating(target):
            assert math.isfinite(after) or not _NUMBER.fullmatch(text)
            assert after == float(text) or math.isnan(after)
        else:
            assert Decimal(after) == (int(text, 0) if text.startswith("0x") else Decimal(text))
    for row in rejected:
        text = values[row]
        assert text is not None
        if _NUMBER.fullmatch(text) and not pa.types.is_floating(target):
            units = Decimal(text).scaleb(getattr(target, "scale", 0), _EXACT)
            room = 2**63 if pa.types.is_integer(target) else 10**20
            whole = text.lstrip("-").isdigit() or not pa.types.is_integer(target)
            assert not whole or units != units.to_integral_value(context=_EXACT) or not -room <= units < room
        elif _NUMBER.fullmatch(text):
            assert math.isinf(float(text))


@_DOSE
@given(st.lists(st.none() | st.lists(st.none() | st.sampled_from([0.5, 0.1, 3e9, -0.0]), max_size=3), max_size=8))
def test_a_list_is_held_where_all_that_is_in_it_is(values: list[list[float | None] | None]) -> None:
    def held(value: list[float | None] | None) -> bool:
        return value is None or all(part is None or part == float(np.float32(part)) for part in value)

    for kind in (pa.list_(pa.float32()), pa.large_list(pa.float32())):
        passed, rejected = conformed(values, pa.list_(pa.float64()), kind)
        assert passed == [value for value in values if held(value)]
        assert rejected == [row for row, value in enumerate(values) if not held(value)]
    inner = pa.struct([("a", pa.list_(pa.float64()))])
    passed, rejected = conformed(
        [{"a": value} for value in values], inner, pa.struct([("a", pa.list_(pa.float32())), ("b", pa.int8())])
    )
    assert passed == [{"a": value, "b": None} for value in values if held(value)]


@_DOSE
@given(
    st.lists(st.tuples(st.none() | st.integers(-300, 300), st.none() | st.integers(-300, 300)), max_size=10),
    st.booleans(),
)
def test_with_null_only_the_value_goes_and_is_counted(
    rows: list[tuple[int | None, int | None]], required: bool
) -> None:
    batch = pa.record_batch([pa.array([row[part] for row in rows], pa.int64()) for part in (0, 1)], ["a", "b"])
    target = pa.schema([("a", pa.int8()), pa.field("b", pa.int8(), nullable=not required)])
    result = Conformer(batch.schema, target, "here").conform(batch, Misfits("null"))

    def fits(value: int | None) -> int | None:
        return value if value is not None and -128 <= value <= 127 else None

    kept = [row for row in rows if not required or fits(row[1]) is not None]
    assert [tuple(row.values()) for row in result.passed.to_pylist()] == [(fits(a), fits(b)) for a, b in kept]
    assert (result.rejected.rows.num_rows if result.rejected else 0) == len(rows) - len(kept)
    lost = {
        name: [row[part] for row in kept if row[part] is not None and fits(row[part]) is None]
        for part, name in enumerate("ab")
    }
    assert [(each.column, each.count, each.first) for each in result.nulled] == [
        (name, len(values), f"{values[0]} does not fit int8") for name, values in lost.items() if values
    ]


@pytest.mark.parametrize(
    ("value", "source", "target"),
    [
        (datetime(2024, 1, 1), pa.timestamp("us"), pa.timestamp("us", "UTC")),
        (datetime(2024, 1, 1, tzinfo=UTC), pa.timestamp("us", "UTC"), pa.timestamp("us")),
        (date(2024, 1, 1), pa.date32(), pa.timestamp("us", "UTC")),
        (datetime(2024, 1, 1, tzinfo=UTC), pa.timestamp("us", "Asia/Tokyo"), pa.date32()),
        (datetime(2024, 1, 1, 5), pa.timestamp("us"), pa.time64("us")),
        (time(1), pa.time64("us"), pa.duration("us")),
        (timedelta(1), pa.duration("us"), pa.int64()),
        (1, pa.int64(), pa.timestamp("us")),
    ],
)
def test_no_value_of_one_is_one_of_the_other(value: object, source: pa.DataType, target: pa.DataType) -> None:
    from conduit.errors import SchemaError

    with pytest.raises(SchemaError, match="cannot become"):
        conformed([value], source, target)
