"""Whatever a database destination wrote, its source reads back equal: any batch of the types that it holds."""

from __future__ import annotations

import math
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.connectors import duckdb, sqlite
from conduit.sdk import ReadRequest
from conduit.sdk.suites.reading import read_all

from .table_loads import load

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_SIGNED = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
_UNSIGNED = (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
_INTEGERS = {kind: st.integers(-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1) for kind in _SIGNED} | {
    kind: st.integers(0, 2 ** min(kind.bit_width, 63) - 1) for kind in _UNSIGNED
}
_MICROSECONDS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
_SHARED: dict[pa.DataType, st.SearchStrategy[Any]] = {
    **_INTEGERS,
    pa.bool_(): st.booleans(),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): _TEXT,
    pa.binary(): st.binary(max_size=12),
    pa.date32(): st.dates(),
    pa.time64("us"): st.times(),
    pa.timestamp("us"): _MICROSECONDS,
    pa.timestamp("us", "UTC"): _MICROSECONDS,
    pa.timestamp("ns"): st.integers(-(10**18), 9 * 10**18),
    pa.decimal128(12, 2): st.integers(-(10**12) + 1, 10**12 - 1).map(lambda n: Decimal(n).scaleb(-2)),
    pa.decimal128(28, 14): st.integers(-(10**28) + 1, 10**28 - 1).map(lambda n: Decimal(n).scaleb(-14)),
    pa.list_(pa.int64()): st.lists(st.none() | _INTEGERS[pa.int64()], max_size=3),
    pa.struct([("x", pa.int32()), ("y", pa.list_(pa.string()))]): st.fixed_dictionaries(
        {"x": st.none() | _INTEGERS[pa.int32()], "y": st.none() | st.lists(st.none() | _TEXT, max_size=2)}
    ),
}
_DUCKDB = _SHARED | {
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float64(): st.floats(),
    pa.time64("ns"): st.integers(0, 86_399_999_999_999),
}
_SQLITE = _SHARED | {
    pa.time32("s"): st.integers(0, 86_399),
    pa.duration("us"): st.integers(-(2**62), 2**62),
    pa.timestamp("ms", "Asia/Bangkok"): _MICROSECONDS.map(lambda n: n // 1000),
    pa.decimal256(50, 10): st.integers(-(10**28), 10**28).map(lambda n: Decimal(n).scaleb(-10)),
    pa.list_(pa.struct([("d", pa.decimal128(9, 2)), ("b", pa.binary()), ("t", pa.timestamp("us"))])): st.lists(
        st.fixed_dictionaries(
            {
                "d": st.integers(-(10**9) + 1, 10**9 - 1).map(lambda n: Decimal(n).scaleb(-2)),
                "b": st.binary(max_size=4),
                "t": st.datetimes(),
            }
        ),
        max_size=2,
    ),
}


@st.composite
def tables(draw: st.DrawFn, kinds: dict[pa.DataType, st.SearchStrategy[Any]]) -> pa.Table:
    """A table of some columns of these types, with awkward names, NULLs among the values."""
    chosen = draw(st.lists(st.sampled_from(list(kinds)), min_size=1, max_size=4))
    rows = draw(st.integers(0, 6))
    columns = [pa.array(draw(st.lists(st.none() | kinds[kind], min_size=rows, max_size=rows)), kind) for kind in chosen]
    return pa.table(columns, names=[f'c {i} "{kind}"' for i, kind in enumerate(chosen)])


def round_trip(connector: Any, table: pa.Table) -> pa.Table:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "there.db")
        load(connector.DESTINATION(connector.DESTINATION.options_model(path=path)), table)
        return read_all(connector.SOURCE(connector.SOURCE.options_model(path=path, table="orders")), ReadRequest())[1]


@settings(deadline=None, max_examples=40)
@given(table=tables(_DUCKDB))
def test_duckdb_gives_back_what_it_was_given(table: pa.Table) -> None:
    found = round_trip(duckdb, table)
    assert found.schema.types == table.schema.types
    assert _bits(found) == _bits(table)


@settings(deadline=None, max_examples=150)
@given(table=tables(_SQLITE))
def test_sqlite_gives_back_what_it_was_given(table: pa.Table) -> None:
    found = round_trip(sqlite, table)
    assert found.schema == table.schema
    assert _bits(found) == _bits(table)


def _bits(table: pa.Table) -> list[list[Any]]:
    """Values in a form in which NaN equals itself and nanoseconds are not lost."""
    plain = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) or pa.types.is_time64(column.type) else column
        for column in table.columns
    ]
    return [["NaN" if isinstance(v, float) and math.isnan(v) else v for v in column.to_pylist()] for column in plain]
