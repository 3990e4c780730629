"""What does not convert is found at once where all of it is bad, and is exactly what fails when it is cast alone."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.core.casts import cast_exactly, cast_or_null

_TEXTS = st.one_of(
    st.integers().map(str),
    st.floats().map(repr),
    st.decimals(-(10**12), 10**12, places=3).map(str),
    st.datetimes().map(str),
    st.dates().map(str),
    st.times().map(str),
    st.text("0123456789+-.:eETZxX nainfruls", max_size=8),
    st.sampled_from(
        ["", "nan(1)", "-Infinity", "0x1F", "10", "2024-01-01 10", "2024-01-01T10:00+01", "1e-5000", "TRUE"]
    ),
)
_KINDS = [
    pa.int8(), pa.uint16(), pa.int64(), pa.uint64(), pa.float32(), pa.float64(), pa.bool_(), pa.decimal128(9, 2),
    pa.decimal128(38, 0), pa.decimal128(38, 38), pa.decimal128(5, -2), pa.decimal256(60, 10), pa.date32(),
    pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("ms", "UTC"), pa.time32("s"), pa.time64("us"), pa.binary(),
]  # fmt: skip


def _alone(text: str | None, kind: pa.DataType) -> Any:
    try:
        return cast_exactly(pa.array([text], pa.string()), kind)
    except pa.ArrowInvalid:
        return pa.nulls(1, kind)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.none() | _TEXTS, max_size=8), st.sampled_from(_KINDS), st.sampled_from([pa.string(), pa.large_string()])
)
def test_text_becomes_what_each_value_becomes_alone(
    texts: list[str | None], kind: pa.DataType, held: pa.DataType
) -> None:
    found = cast_or_null(pa.array(texts, held), kind)
    expected = pa.concat_arrays([pa.nulls(0, kind), *(_alone(text, kind) for text in texts)])
    assert found.type == kind
    assert found.cast(pa.binary() if kind == pa.binary() else pa.string()).to_pylist() == (
        expected.cast(pa.binary() if kind == pa.binary() else pa.string()).to_pylist()
    )


def test_values_that_are_no_text_become_null_where_they_do_not_fit() -> None:
    assert cast_or_null(pa.array([1, 300, None, -1]), pa.uint8()).to_pylist() == [1, None, None, None]
    assert cast_or_null(pa.array([1.5, 2.0]), pa.int64()).to_pylist() == [None, 2]


def test_a_cast_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(pa.ArrowNotImplementedError):
        cast_or_null(pa.array([1]), pa.list_(pa.int64()))
