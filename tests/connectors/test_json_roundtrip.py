"""What the JSON destination writes, the JSON source reads back equal, types declared, in every layout."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.connectors._lib.json_encode import JsonEncoder, JsonStyle
from conduit.connectors.json import JsonSource, JsonSourceOptions
from conduit.sdk import ReadRequest, Rows, type_name
from tests.connectors.arrow_batches import VALUES, batches

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NESTED: dict[pa.DataType, st.SearchStrategy[object]] = {
    pa.float32(): st.floats(width=32, allow_nan=False, allow_infinity=False),
    pa.float64(): st.floats(allow_nan=False, allow_infinity=False),
    pa.string(): _TEXT,
    pa.binary(): st.binary(max_size=9),
    pa.duration("us"): st.timedeltas(dt.timedelta(-10_000), dt.timedelta(10_000)),
    pa.list_(pa.string()): st.lists(st.none() | _TEXT, max_size=3),
    pa.list_(pa.decimal128(38, 0)): st.lists(st.none() | VALUES[pa.decimal128(38, 0)], max_size=3),
    pa.struct([("x", pa.int64()), ("y", pa.list_(pa.timestamp("us")))]): st.fixed_dictionaries(
        {"x": st.none() | VALUES[pa.int64()], "y": st.none() | st.lists(VALUES[pa.timestamp("us")], max_size=2)}
    ),
}
VALUES_OF_JSON = {**VALUES, **NESTED}
STYLES = [
    JsonStyle(array=False),
    JsonStyle(array=True),
    JsonStyle(array=True, indent=2),
    JsonStyle(array=False, nulls="omit"),
]


@st.composite
def json_batches(draw: st.DrawFn) -> pa.RecordBatch:
    kinds = draw(st.lists(st.sampled_from(list(VALUES_OF_JSON)), min_size=1, max_size=4))
    names = draw(st.lists(_TEXT, min_size=len(kinds), max_size=len(kinds), unique=True))
    rows = draw(st.integers(0, 12))
    values = [st.lists(st.none() | VALUES_OF_JSON[kind], min_size=rows, max_size=rows) for kind in kinds]
    columns = [pa.array(draw(column), kind) for column, kind in zip(values, kinds, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=names)


@settings(max_examples=200, deadline=None)
@given(json_batches() | batches([kind for kind in VALUES if kind != pa.float64()]), st.sampled_from(STYLES))
def test_any_batch_reads_back_equal(batch: pa.RecordBatch, style: JsonStyle) -> None:
    assert _round_trip(batch, style) == batch.to_pylist()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", list(VALUES_OF_JSON), ids=str)
def test_many_rows_read_back_equal_by_the_fast_parsers(style: JsonStyle, kind: pa.DataType) -> None:
    """Small batches are parsed line by line; these are large enough for the others."""
    examples = [
        VALUES_OF_JSON[kind].filter(lambda value: value == value and value not in (float("inf"), float("-inf")))
    ]
    few = pa.array([_one(examples[0], seed) for seed in range(12)] + [None], kind)
    batch = pa.RecordBatch.from_arrays(
        [pa.array(range(26_000)), pa.concat_arrays([few] * 2_000)], names=["a rather long name", "v"]
    )
    assert _round_trip(batch, style) == batch.to_pylist()


def _one(values: st.SearchStrategy[object], seed: int) -> object:
    found: list[object] = []

    @settings(max_examples=1 + seed, database=None, derandomize=True)
    @given(values)
    def look(value: object) -> None:
        found.append(value)

    look()
    return found[-1]


def _round_trip(batch: pa.RecordBatch, style: JsonStyle) -> list[dict[str, object]]:
    file = io.BytesIO()
    encoder = JsonEncoder(file, batch.schema, style)
    encoder.write(batch)
    encoder.close()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        path.write_bytes(file.getvalue())
        columns = {field.name: type_name(field.type) for field in batch.schema}
        source = JsonSource(JsonSourceOptions(path=str(path), columns=columns))
        scan = source.scan(ReadRequest())
        messages = list(source.read(scan.partitions[0], ReadRequest(), None))
    read = pa.Table.from_batches([m.data for m in messages if isinstance(m, Rows)], scan.schema)
    found: list[dict[str, object]] = read.select(batch.schema.names).to_pylist()
    return found
