"""Random Arrow batches for round trips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_NAIVE = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))

VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.string(): _TEXT,
    pa.decimal128(12, 3): st.decimals(-(10**8), 10**8, places=3, allow_nan=False),
    pa.decimal128(38, 0): st.integers(-(10**37), 10**37).map(Decimal),
    pa.date32(): st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)),
    pa.timestamp("us"): _NAIVE,
    pa.timestamp("us", "UTC"): _NAIVE.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
    pa.timestamp("ns"): _NAIVE,
    pa.time64("us"): st.times(),
}


@st.composite
def batches(draw: st.DrawFn, types: Sequence[pa.DataType] = tuple(VALUES), max_rows: int = 20) -> pa.RecordBatch:
    """A batch of one to four columns of the given types, each value perhaps null, with names that need quoting."""
    kinds = draw(st.lists(st.sampled_from(list(types)), min_size=1, max_size=4))
    rows = draw(st.integers(0, max_rows))
    names = draw(
        st.lists(
            st.text("aB ,\"'é;.\n", min_size=1, max_size=6).map(lambda name: f"c{name}x"),
            min_size=len(kinds),
            max_size=len(kinds),
            unique=True,
        )
    )
    columns = [pa.array(draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows)), kind) for kind in kinds]
    return pa.RecordBatch.from_arrays(columns, names=names)
