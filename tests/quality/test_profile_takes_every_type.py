"""All of Arrow's types, small and large: one that a profile cannot take would fail loads that do not ask for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pytest

from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.settings import ProfileSettings

NUMBERS = [0, 1, None, 7, 1]
WORDS = ["b", "", None, "ä", ""]


def numbers(kind: pa.DataType) -> pa.Array:
    return pa.array(NUMBERS, pa.int64()).cast(kind)


def moments(kind: pa.DataType) -> pa.Array:
    return pa.array(NUMBERS, pa.int64() if kind.bit_width == 64 else pa.int32()).view(kind)


COLUMNS: list[pa.Array] = [
    *(numbers(kind) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())),
    *(numbers(kind) for kind in (pa.float32(), pa.float64(), pa.bool_())),
    numbers(pa.float32()).cast(pa.float16()),
    *(
        pa.array([None if n is None else Decimal(n) for n in NUMBERS], kind)
        for kind in (pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2))
    ),
    *(moments(kind) for kind in (pa.date32(), pa.date64(), pa.time32("ms"), pa.time64("ns"), pa.duration("us"))),
    *(moments(pa.timestamp(unit, zone)) for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "+01:00")),
    *(pa.array(WORDS, kind) for kind in (pa.string(), pa.large_string(), pa.string_view())),
    *(pa.array(WORDS).cast(pa.binary()).cast(kind) for kind in (pa.large_binary(), pa.binary_view())),
    pa.array([b"ab", b"cd", None, b"zz", b"ab"], pa.binary(2)),
    pa.array(WORDS).dictionary_encode(),
    pa.RunEndEncodedArray.from_arrays([1, 2, 3, 4, 5], pa.array(WORDS)),
    pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([b"0" * 16, None, b"1" * 16, b"0" * 16, b"0" * 16], pa.binary(16))
    ),
    pa.array([[1], None, [], [2], [2]]),
    pa.array([[1], None, [], [2], [2]], pa.large_list(pa.int8())),
    pa.array([[1, 2], None, [3, 4], [5, 6], [5, 6]], pa.list_(pa.int8(), 2)),
    pa.array([{"a": 1}, None, {"a": 2}, {"a": None}, {"a": 1}]),
    pa.array([[("k", 1)], None, [], [], []], pa.map_(pa.string(), pa.int64())),
    pa.array([pa.MonthDayNano([1, 2, 3]), None, None, None, None]),
    pa.nulls(5),
]


def in_small_batches(column: pa.Array, profiler: Profiler) -> int:
    for start in range(5):
        profiler.look(pa.record_batch([column.slice(start, 1)], ["x"]))
    return 1


def in_large_ones(column: pa.Array, profiler: Profiler) -> int:
    for times in (4_000, 2_000):
        profiler.look(pa.record_batch([pa.concat_arrays([column] * times)], ["x"]))
    return 6_000


@pytest.mark.parametrize("arriving", [in_small_batches, in_large_ones])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.type))
def test_every_type(column: pa.Array, arriving: Callable[[pa.Array, Profiler], int]) -> None:
    profiler = Profiler(pa.schema([("x", column.type)]), ProfileSettings())
    times = arriving(column, profiler)
    profile = profiler.profile()
    found, values = profile.column("x"), column.to_pylist()
    assert (profile.rows, found.null_count) == (5 * times, sum(value is None for value in values) * times)
    assert len(profile.first_rows) == 5
    if found.looked_rows:
        # Three values, one of which comes twice; truths and the identifiers have two.
        assert found.distinct_estimate in (2, 3)
        assert found.min is not None
        assert any(found.most_frequent[0].share == pytest.approx(share, abs=0.02) for share in (0.5, 0.75))
        assert found.frequent_error == 0
