"""Checks of a whole load against what plain Python says of the same values, however they are cut into batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.errors import ConfigError, QualityError
from conduit.quality.model import DistinctCount, Freshness, Mean, NoShrink, NullRate, RowCount, Sum
from conduit.quality.model.age import age_text, parse_age
from conduit.quality.model.table import AnyTableCheck
from conduit.quality.table_checks import TableChecks
from conduit.quality.verdict import CheckResult

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
CUTS = st.lists(st.integers(0, 20), max_size=3)


def result(
    check: AnyTableCheck, columns: Sequence[pa.Array], cuts: Sequence[int] = (), before: int | None = None
) -> CheckResult:
    """What a check finds of columns x, y, ... that arrive in batches which end at `cuts`."""
    batch = pa.record_batch(list(columns), names=list("xyz")[: len(columns)])
    checks = TableChecks([check.model_copy(update={"action": "warn"})], batch.schema, started=NOW, rows_before=before)
    edges = [0, *sorted(cuts), batch.num_rows]
    for start, end in pairwise(edges):
        checks.add(batch.slice(start, max(end - start, 0)))
    checks.finish()
    checks.close()
    return checks.results()[0]


def passes(check: AnyTableCheck, *columns: pa.Array, cuts: Sequence[int] = (), before: int | None = None) -> bool:
    return not result(check, columns, [cut for cut in cuts if cut <= len(columns[0])], before).failed


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=20), st.integers(-(2**63), 2**63), CUTS)
def test_sums_and_means_of_whole_numbers_are_exact(values: list[int | None], bound: int, cuts: list[int]) -> None:
    column, known = pa.array(values, pa.int64()), [value for value in values if value is not None]
    total = sum(known)
    assert passes(Sum(column="x", min=total, max=total), column, cuts=cuts)
    assert not passes(Sum(column="x", max=total - 1), column, cuts=cuts)
    assert passes(Mean(column="x", min=bound), column, cuts=cuts) == (
        bool(known) and Fraction(total, len(known)) >= bound
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.integers(1 - 10**38, 10**38 - 1), max_size=20), CUTS)
def test_sums_of_decimals_are_exact(values: list[int | None], cuts: list[int]) -> None:
    context = Context(prec=100)
    column = pa.array([None if n is None else Decimal(n).scaleb(-3, context) for n in values], pa.decimal128(38, 3))
    total = Decimal(sum(n for n in values if n is not None)).scaleb(-3, context)
    assert passes(Sum(column="x", min=total, max=total), column, cuts=cuts)
    assert not passes(Sum(column="x", min=context.add(total, Decimal("0.001"))), column, cuts=cuts)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=20), CUTS)
def test_sums_of_floats_are_those_of_a_careful_sum(values: list[float | None], cuts: list[int]) -> None:
    total = math.fsum(value for value in values if value is not None)
    check = Sum(column="x", min=total - 1e-6, max=total + 1e-6)
    assert passes(check, pa.array(values, pa.float64()), cuts=cuts)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from(["", "a", "ä"])), max_size=20), CUTS
)
def test_distinct_keys_and_null_rates(rows: list[tuple[int | None, str | None]], cuts: list[int]) -> None:
    x, y = pa.array([row[0] for row in rows], pa.int32()), pa.array([row[1] for row in rows], pa.string())
    keys = len({row for row in rows if None not in row})
    assert passes(DistinctCount(columns=("x", "y"), min=keys, max=keys), x, y, cuts=cuts)
    words = len({row[1] for row in rows} - {None})
    assert passes(DistinctCount(columns="y", min=words, max=words), x, y, cuts=cuts)
    nulls = sum(row[0] is None for row in rows)
    for most in (0.0, 0.25, 0.5, 1.0):
        assert passes(NullRate(column="x", max=most), x, y, cuts=cuts) == (nulls <= Fraction(most) * len(rows))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.none() | st.datetimes(datetime(2024, 2, 1), datetime(2024, 3, 2)), max_size=20),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.sampled_from(["s", "ms", "us", "ns"]),
    CUTS,
)
def test_freshness_is_of_the_newest_value(values: list[datetime | None], zone: str, unit: str, cuts: list[int]) -> None:
    values = [None if value is None else value.replace(microsecond=0) for value in values]
    known = [value.replace(tzinfo=UTC) for value in values if value is not None]
    fresh = bool(known) and NOW - max(known) <= timedelta(days=2)
    check = Freshness(column="x", max_age="2 days")
    with_zone = pa.array([None if v is None else v.replace(tzinfo=UTC) for v in values], pa.timestamp(unit, zone))
    assert passes(check, with_zone, cuts=cuts) == fresh
    assert passes(check, pa.array(values, pa.timestamp(unit)), cuts=cuts) == fresh


def test_a_value_without_a_zone_is_meant_in_the_zone_of_the_check() -> None:
    """At 12:00 UTC it is 13:00 in Berlin: a local 12:30 there is half an hour old."""
    half_past = pa.array([datetime(2024, 3, 1, 12, 30)], pa.timestamp("us"))
    found = result(Freshness(column="x", max_age="1h", timezone="Europe/Berlin"), [half_past])
    assert (found.failed, found.observed) == (0, "2024-03-01T12:30:00+01:00, 30m old")
    assert "30m ahead" in result(Freshness(column="x", max_age="1h"), [half_past]).observed
    assert passes(Freshness(column="x", max_age="12h"), pa.array([date(2024, 3, 1)]))
    assert not passes(Freshness(column="x", max_age="11h 59m"), pa.array([date(2024, 3, 1)]))


def test_no_rows_and_nulls_alone() -> None:
    for column in (pa.array([], pa.int64()), pa.nulls(3, pa.int64()), pa.nulls(3)):
        assert passes(Sum(column="x", min=0, max=0), column)
        assert passes(DistinctCount(columns="x", max=0), column)
        assert not passes(Mean(column="x", max=10), column)
    assert passes(NullRate(column="x", max=0), pa.array([], pa.int64()))
    assert not passes(Freshness(column="x", max_age="9999 days"), pa.nulls(3, pa.date32()))
    assert passes(RowCount(max=0), pa.array([], pa.int64()))
    assert not passes(RowCount(min=1), pa.array([], pa.int64()))


def test_nan_fails_what_adds_up_and_is_one_value() -> None:
    column = pa.array([1.0, math.nan, math.nan, 0.0, -0.0, None])
    assert result(Mean(column="x", min=-1e300), [column]).observed == "NaN (2 values)"
    assert not passes(Sum(column="x", max=1e300), column)
    assert passes(DistinctCount(columns="x", min=3, max=3), column)
    assert passes(NullRate(column="x", max=0.2), column)
    assert not passes(Sum(column="x", max=1e300), pa.array([math.inf, -math.inf]))


@pytest.mark.parametrize(
    ("rows", "rate", "is_good"), [(100, 0, True), (99, 0, False), (90, 0.1, True), (89, 0.1, False)]
)
def test_a_load_may_shrink_by_no_more_than_it_may(rows: int, rate: float, is_good: bool) -> None:
    assert passes(NoShrink(max_shrink_rate=rate), pa.array(range(rows)), before=100) == is_good
    assert passes(NoShrink(max_shrink_rate=rate), pa.array(range(rows)))


def test_all_checks_that_fail_are_named_and_warnings_are_not() -> None:
    batch = pa.record_batch([pa.array([1, None])], ["x"])
    declared: list[AnyTableCheck] = [
        RowCount(min=3),
        NullRate(column="x", max=0.1),
        Sum(column="x", min=9, action="warn"),
    ]
    checks = TableChecks(declared, batch.schema, started=NOW)
    checks.add(batch)
    assert checks.results() == ()
    with pytest.raises(
        QualityError, match=r"row_count is 2, not at least 3; null_rate\(x\) is 0.5 \(1 of 2 rows"
    ) as failed:
        checks.finish()
    assert "sum" not in failed.value.message
    assert [found.failed for found in checks.results()] == [1, 1, 1]


@pytest.mark.parametrize(
    "check",
    [
        Mean(column="t", min=1),
        Sum(column="x", min="many"),
        Freshness(column="x", max_age="1d"),
        DistinctCount(columns="l", min=1),
        NullRate(column="nothing", max=1),
    ],
    ids=lambda check: check.label,
)
def test_a_check_that_cannot_be_is_a_config_error(check: AnyTableCheck) -> None:
    schema = pa.schema([("x", pa.int64()), ("t", pa.string()), ("l", pa.list_(pa.int64()))])
    with pytest.raises(ConfigError) as failed:
        TableChecks([check], schema, started=NOW)
    assert failed.value.place == check.label


def test_nested_fields_are_reached_with_dots() -> None:
    struct = pa.array([{"city": "a"}, {"city": None}, None], pa.struct([("city", pa.string())]))
    assert result(NullRate(column="x.city", max=1), [struct]).observed == "0.666667 (2 of 3 rows)"


@pytest.mark.parametrize(
    ("text", "hours"), [("24h", 24), ("2 days", 48), ("1d 12h", 36), ("90 minutes", 1.5), ("1w", 168), ("0.5 H", 0.5)]
)
def test_ages_are_read_as_people_write_them(text: str, hours: float) -> None:
    assert parse_age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "24", "h", "1 fortnight", "1d12", "-1h", "0h", "1e9h", "999999999999w"])
def test_other_texts_are_no_ages(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an age|is longer"):
        parse_age(text)


def test_ages_are_told_in_two_units() -> None:
    assert [age_text(timedelta(seconds=s)) for s in (0, 59, 3_660, 100_000, -90)] == [
        "0s",
        "59s",
        "1h 1m",
        "1d 3h",
        "1m 30s",
    ]
