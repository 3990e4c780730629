"""Rows are chosen from columns of any type, also those that Arrow itself cannot select from."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from conduit.core.rows import filter_rows, take_rows

VIEWS = pa.array(["a", "b", None]).cast(pa.string_view())
ENDS = pa.array([0, 1, 2, 3], pa.int32())
COLUMNS = {
    "string_view": VIEWS,
    "binary_view": pa.array([b"a", b"b", None]).cast(pa.binary_view()),
    "struct": pa.StructArray.from_arrays([VIEWS], ["x"]),
    "list": pa.ListArray.from_arrays(ENDS, VIEWS),
    "large_list": pa.LargeListArray.from_arrays(ENDS.cast(pa.int64()), VIEWS),
    "fixed_size_list": pa.FixedSizeListArray.from_arrays(VIEWS, 1),
    "map": pa.MapArray.from_arrays(ENDS, pa.array(["k", "l", "m"]), VIEWS),
    "dictionary": pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), VIEWS.slice(0, 2)),
    "runs": pc.run_end_encode(pa.array([1, 1, 2])),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_keep_their_values_and_the_batch_its_schema(name: str) -> None:
    batch = pa.RecordBatch.from_arrays([COLUMNS[name]], names=[name])
    first, _, last = COLUMNS[name].to_pylist()
    kept = filter_rows(batch, pa.array([True, False, True]))
    turned = take_rows(batch, pa.array([2, 0]))
    assert kept.schema == turned.schema == batch.schema
    assert kept.column(0).to_pylist() == [first, last]
    assert turned.column(0).to_pylist() == [last, first]
