"""Each figure of a small load against what Python's own types say: a profile that is nearly right misleads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.settings import ProfileSettings
from tests.quality.profiles import profile_column

# So that batches of a few rows are looked at one by one, as those of large loads are.
CONTEXT = Context(prec=100)
CUTS = st.lists(st.integers(0, 40), max_size=3)


@pytest.fixture(params=[False, True], ids=["gathered", "one by one"])
def arriving(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        monkeypatch.setattr("conduit.quality.profile.profiler._HELD_BYTES", 0)
        monkeypatch.setattr("conduit.quality.profile.profiler._WORTH_ROWS", 0)


def columns_of(values: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    """Columns with NULLs and with values that come again."""
    return st.lists(values, max_size=6).flatmap(
        lambda few: st.lists(st.one_of(st.none(), values, st.sampled_from(few) if few else values), max_size=40)
    )


@pytest.mark.usefixtures("arriving")
class TestFigures:
    @settings(max_examples=60, deadline=None)
    @given(columns_of(st.text(max_size=12) | st.sampled_from(["", "a", "a\0", "ab", "äöü", "𝄞", "z" * 70])), CUTS)
    @pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
    def test_text(self, kind: pa.DataType, values: list[str | None], cuts: list[int]) -> None:
        found, known = profile_column(values, kind, cuts), [value for value in values if value is not None]
        assert found.null_count == len(values) - len(known)
        assert (found.min, found.max) == (min(known, default=None), max(known, default=None))
        lengths = [len(value) for value in known]
        assert (found.min_length, found.max_length) == (min(lengths, default=None), max(lengths, default=None))
        require_exact_counts(found.most_frequent, known, found.distinct_estimate)

    @settings(max_examples=60, deadline=None)
    @given(columns_of(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)), CUTS)
    def test_whole_numbers(self, values: list[int | None], cuts: list[int]) -> None:
        found, known = profile_column(values, pa.int64(), cuts), [value for value in values if value is not None]
        assert (found.min, found.max) == (min(known, default=None), max(known, default=None))
        assert found.mean == (sum(known) / len(known) if known else None)
        require_exact_counts(found.most_frequent, known, found.distinct_estimate)

    @settings(max_examples=40, deadline=None)
    @given(columns_of(st.integers(0, 2**64 - 1)), CUTS)
    def test_unsigned_numbers(self, values: list[int | None], cuts: list[int]) -> None:
        found, known = profile_column(values, pa.uint64(), cuts), [value for value in values if value is not None]
        assert (found.min, found.max) == (min(known, default=None), max(known, default=None))
        assert found.mean == (sum(known) / len(known) if known else None)

    @settings(max_examples=60, deadline=None)
    @given(columns_of(st.floats(-1e9, 1e9) | st.sampled_from([math.nan, 0.0, -0.0, 1.5])), CUTS)
    def test_floats(self, values: list[float | None], cuts: list[int]) -> None:
        found = profile_column(values, pa.float64(), cuts)
        known = [value for value in values if value is not None and not math.isnan(value)]
        assert found.null_count == sum(value is None for value in values)
        assert found.nan_count == len(values) - found.null_count - len(known)
        assert (found.min, found.max) == (min(known, default=None), max(known, default=None))
        assert found.mean == (pytest.approx(math.fsum(known) / len(known), rel=1e-12, abs=1e-6) if known else None)
        assert found.distinct_estimate == len(set(known))

    @settings(max_examples=60, deadline=None)
    @given(st.data(), st.sampled_from([(5, 2), (18, 4), (38, 0), (38, 10), (76, 20)]), CUTS)
    def test_decimals(self, data: st.DataObject, shape: tuple[int, int], cuts: list[int]) -> None:
        precision, scale = shape
        most = 10**precision - 1
        whole = st.integers(-most, most) | st.integers(max(-most, -100), 100)
        numbers = data.draw(columns_of(whole))
        values = [None if n is None else Decimal(n).scaleb(-scale, CONTEXT) for n in numbers]
        kind = pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
        found, known = profile_column(values, kind, cuts), [n for n in numbers if n is not None]
        if not known:
            assert (found.min, found.max, found.mean) == (None, None, None)
            return
        assert Decimal(str(found.min)) == Decimal(min(known)).scaleb(-scale, CONTEXT)
        assert Decimal(str(found.max)) == Decimal(max(known)).scaleb(-scale, CONTEXT)
        exact = Fraction(sum(known), len(known) * 10**scale)
        assert abs(Fraction(str(found.mean)) - exact) <= Fraction(1, 2 * 10 ** (scale + 6))
        assert found.distinct_estimate == len(set(known))

    @settings(max_examples=30, deadline=None)
    @given(columns_of(st.binary(max_size=6)), CUTS)
    @pytest.mark.parametrize("kind", [pa.binary(), pa.binary_view()])
    def test_bytes(self, kind: pa.DataType, values: list[bytes | None], cuts: list[int]) -> None:
        found, known = profile_column(values, kind, cuts), [value for value in values if value is not None]
        assert (found.min, found.max) == tuple(value.hex() if known else None for value in ends(known))
        lengths = [len(value) for value in known]
        assert (found.min_length, found.max_length) == (min(lengths, default=None), max(lengths, default=None))


def ends(known: Sequence[bytes]) -> tuple[bytes, bytes]:
    return min(known, default=b""), max(known, default=b"")


def require_exact_counts(found: Sequence[object], known: Sequence[object], distinct: int | None) -> None:
    """Of so few values everything is counted, and nothing is an estimate."""
    counts = Counter(known)
    assert distinct == len(counts)
    assert [one.count for one in found] == sorted(counts.values(), reverse=True)[:10]
    assert all(counts[one.value] == one.count for one in found)


def test_points_in_time_are_text_in_their_own_zone() -> None:
    moments = [datetime(2024, 1, 31, 23, 30, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)]
    found = profile_column([*moments, None], pa.timestamp("us", "Europe/Berlin"))
    assert (found.min, found.max) == ("1969-12-31 01:00:00.000000+0100", "2024-02-01 00:30:00.000000+0100")
    assert (found.null_count, found.mean, found.distinct_estimate) == (1, None, 2)
    days = profile_column([date(2024, 2, 29), date(1, 1, 1)], pa.date32())
    assert (days.min, days.max) == ("0001-01-01", "2024-02-29")
    times = profile_column([timedelta(seconds=5), timedelta(seconds=-1)], pa.duration("s"))
    assert (times.min, times.max) == ("-1", "5")


def test_infinities_are_values_and_json_has_them_as_text() -> None:
    found = profile_column([math.inf, 1.0, -math.inf], pa.float64())
    assert (found.min, found.max, found.mean) == ("-inf", "inf", "nan")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.list_(pa.int64()), [[1, None], None, []]),
        (pa.struct([("a", pa.string())]), [{"a": "x"}, None, {"a": None}]),
        (pa.map_(pa.string(), pa.int64()), [[("k", 1)], None, []]),
        (pa.month_day_nano_interval(), [pa.MonthDayNano([1, 2, 3]), None, pa.MonthDayNano([0, 0, 0])]),
    ],
)
def test_of_nested_values_only_nulls_are_counted(kind: pa.DataType, values: list[object]) -> None:
    found = profile_column(values, kind)
    assert (found.null_count, found.min, found.max, found.distinct_estimate) == (1, None, None, None)


@pytest.mark.parametrize(
    "values",
    [
        pa.nulls(4),
        pa.nulls(4, pa.string()),
        pa.nulls(4, pa.decimal128(9, 2)),
        pa.nulls(4, pa.float64()),
        pa.nulls(4, pa.dictionary(pa.int8(), pa.string())),
    ],
)
def test_a_column_of_nulls_has_no_other_figure(values: pa.Array) -> None:
    profiler = Profiler(pa.schema([("x", values.type)]), ProfileSettings())
    profiler.look(pa.record_batch([values], ["x"]))
    found = profiler.profile().column("x")
    assert (found.null_count, found.min, found.max, found.mean, found.most_frequent) == (4, None, None, None, ())


def test_values_that_are_stored_in_a_code_count_as_themselves() -> None:
    words = pa.array(["b", None, "a", "b"])
    for coded in (words.dictionary_encode(), pa.RunEndEncodedArray.from_arrays([1, 2, 3, 4], words)):
        profiler = Profiler(pa.schema([("x", coded.type)]), ProfileSettings())
        profiler.look(pa.record_batch([coded], ["x"]))
        found = profiler.profile().column("x")
        assert (found.null_count, found.min, found.max, found.max_length) == (1, "a", "b", 1)
        assert [(one.value, one.count) for one in found.most_frequent] == [("b", 2), ("a", 1)]


def test_other_widths_and_truths() -> None:
    assert profile_column([1.5, None, -2.0], pa.float16()).min == -2.0
    assert profile_column([1, 2], pa.int8()).mean == 1.5
    truths = profile_column([True, None, True, False], pa.bool_())
    assert (truths.min, truths.max, truths.mean, truths.distinct_estimate) == (False, True, None, 2)
    assert profile_column([b"ab", b"cd"], pa.binary(2)).max == "6364"
