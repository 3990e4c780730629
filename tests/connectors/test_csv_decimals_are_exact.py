"""The quick way from text to decimals must agree with Arrow on every text that it accepts: a wrong amount is worse
than a slow one."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conduit.connectors._lib import csv_decimals
from conduit.connectors._lib.csv_decimals import to_decimals

TYPES = st.sampled_from([pa.decimal128(15, 2), pa.decimal128(5, 0), pa.decimal128(38, 10), pa.decimal128(3, 3)])
ALIKE = st.integers(0, 11).flatmap(
    lambda scale: st.lists(
        st.none() | st.decimals(-(10**8), 10**8, places=scale, allow_nan=False).map(str), min_size=1, max_size=20
    )
)
HOSTILE = st.lists(
    st.none() | st.text("0123456789.-+eExX \t", max_size=8) | st.sampled_from(["0x1.23", ".-5", "1-2.00", "-.55", "."]),
    min_size=1,
    max_size=6,
)


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_decimals, "_MANY", 1)


def by_arrow(texts: list[str | None], kind: pa.DataType) -> list[Decimal | None] | None:
    try:
        return pc.cast(pc.ascii_trim(pa.array(texts, pa.string()), " \t"), kind).to_pylist()
    except pa.ArrowInvalid:
        return None


def ours(texts: pa.Array, kind: pa.DataType) -> list[Decimal | None] | None:
    try:
        result = to_decimals(texts, kind)
    except pa.ArrowInvalid:
        return None
    result.validate(full=True)
    assert result.type == kind
    return result.to_pylist()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # the first example loads Polars
@given(ALIKE | HOSTILE, TYPES)
@example([".-5", "1.00"], pa.decimal128(15, 2))
@example(["0x1.23"], pa.decimal128(15, 2))
@example(["1.-5"], pa.decimal128(15, 2))
@example(["-", "1"], pa.decimal128(15, 2))
@example(["99999999999999999999.00"], pa.decimal128(38, 2))
@example([None, None], pa.decimal128(15, 2))
@example([""], pa.decimal128(15, 2))
def test_text_becomes_the_decimal_that_arrow_makes_of_it(texts: list[str | None], kind: pa.DataType) -> None:
    if any(text and "e" in text.lower() for text in texts):
        texts = [text and text.lower().replace("e-", "e") for text in texts]
    assert ours(pa.array(texts, pa.string()), kind) == by_arrow(texts, kind)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # the first example loads Polars
@given(ALIKE, TYPES, st.integers(0, 5), st.integers(0, 5))
def test_a_slice_is_converted_as_what_it_shows(
    texts: list[str | None], kind: pa.DataType, before: int, behind: int
) -> None:
    whole = pa.array(["12.34"] * before + texts + ["x"] * behind, pa.string())
    assert ours(whole.slice(before, len(texts)), kind) == by_arrow(texts, kind)


def test_a_number_too_small_for_any_decimal_is_refused_and_does_not_end_the_process() -> None:
    with pytest.raises(pa.ArrowInvalid):
        to_decimals(pa.array(["1.00", "1e-99999999"]), pa.decimal128(15, 2))


@pytest.mark.parametrize("texts", [["1.25", None, "-0.07"], ["17", "-3", None], ["9999999999999.99", "0.00", ".55"]])
def test_columns_of_one_form_go_the_quick_way(texts: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise AssertionError("went the slow way")

    monkeypatch.setattr(csv_decimals, "cast_exactly", slow)
    expected = [None if text is None else Decimal(text).quantize(Decimal("0.01")) for text in texts]
    assert ours(pa.array(texts, pa.string()), pa.decimal128(15, 2)) == expected
