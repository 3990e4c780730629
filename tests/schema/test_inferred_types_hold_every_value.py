"""Whatever stands in a column: the inferred type holds it unchanged, and more values never narrow the type."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import example, given, settings

from conduit.core.casts import cast_or_null
from conduit.core.lattice import holds
from conduit.schema.infer_text import infer_text

_ZONES = st.sampled_from(["", "Z", "+02:00", "-11:30"])
_WORDS = st.one_of(
    st.integers(-(1 << 70), 1 << 70).map(str),
    st.integers(-999, 999).map(str),
    st.booleans().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**20), max_value=10**20).map(str),
    st.floats().map(repr),
    st.dates().map(date.isoformat),
    st.builds(lambda moment, zone: moment.isoformat() + zone, st.datetimes(), _ZONES),
    st.builds(lambda moment: f"{moment.isoformat(timespec='microseconds')}789", st.datetimes()),
    st.times().map(time.isoformat),
    st.uuids().map(str),
    st.sampled_from(["", "n/a", "007", "+1", "0x10", "1e5", "1E-7", "true", "TRUE", "5.", ".5", "-0", "1_0", "٣"]),
    st.text(max_size=5),
)
_KINDS = st.one_of(
    st.lists(_WORDS, max_size=8),
    st.lists(st.integers(-(1 << 65), 1 << 65).map(str), max_size=8),
    st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=4).map(str), max_size=8),
    st.lists(st.datetimes().map(datetime.isoformat), max_size=8),
    st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr), max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(_KINDS)
@example(["9999999999999999", "1.5"])
@example(["1677-09-21T00:12:43.000000001", "0001-01-01"])
def test_the_type_holds_every_value(texts: list[str]) -> None:
    values = pa.array(dict.fromkeys(texts), pa.string())
    kind = infer_text(values).type
    if pa.types.is_string(kind):
        return
    trimmed = pc.utf8_trim_whitespace(values)
    read = cast_or_null(trimmed, kind)
    assert read.null_count == 0, (texts, kind)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        # Scaled out of the way of exponents, the digits are the same ones.
        assert [Decimal(text) for text in trimmed.to_pylist()] == [Decimal(str(v)) for v in read.to_pylist()]
    if pa.types.is_floating(kind):
        finite = [(text, v) for text, v in zip(trimmed.to_pylist(), read.to_pylist(), strict=True) if v - v == 0]
        assert all(Decimal(text) == Decimal(repr(v)) for text, v in finite), (texts, kind)


@settings(max_examples=300, deadline=None)
@given(_KINDS, st.lists(_WORDS, max_size=4))
def test_more_values_never_give_a_narrower_type(texts: list[str], more: list[str]) -> None:
    few = infer_text(pa.array(dict.fromkeys(texts), pa.string())).type
    many = infer_text(pa.array(dict.fromkeys([*texts, *more]), pa.string())).type
    # Without any value a column is text because it has to be something.
    assert not texts or many == few or not holds(few, many), f"{few} became the narrower {many}"


@settings(max_examples=200, deadline=None)
@given(st.lists(_WORDS, min_size=1, max_size=6), st.randoms())
def test_the_order_of_the_values_does_not_matter(texts: list[str], random: object) -> None:
    shuffled = list(dict.fromkeys(texts))
    getattr(random, "shuffle")(shuffled)  # noqa: B009
    assert infer_text(pa.array(shuffled, pa.string())).type == infer_text(pa.array(dict.fromkeys(texts))).type
