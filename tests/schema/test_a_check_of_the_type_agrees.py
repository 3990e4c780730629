"""What the check `type` lets through, a cast keeps; what it finds, a cast rejects."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.core.types import type_name
from conduit.quality.model import Type
from conduit.schema.conform import Conformer
from tests.quality.judging import failing_rows

from .test_conform_agrees_with_plain_python import NUMBERS, TARGETS, TEXTS

_SOURCES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    kind: values
    for kind, values in NUMBERS.items()
    if not pa.types.is_float16(kind) and kind != pa.decimal128(5, -2) and not pa.types.is_decimal256(kind)
} | {pa.string(): TEXTS}
_SIMPLE = [
    kind
    for kind in TARGETS
    if not (pa.types.is_float16(kind) or (pa.types.is_decimal(kind) and kind.bit_width not in (128, 256)))
]


@settings(deadline=None, max_examples=150)
@given(st.data(), st.sampled_from(list(_SOURCES)), st.sampled_from(_SIMPLE))
def test_the_check_and_the_cast_find_the_same_rows(
    data: st.DataObject, source: pa.DataType, target: pa.DataType
) -> None:
    values = data.draw(st.lists(st.none() | _SOURCES[source], max_size=10))
    batch = pa.record_batch([pa.array(values, source)], ["x"])
    found = failing_rows(Type(column="x", type=type_name(target), action="dlq"), [batch])
    cast = Conformer(batch.schema, pa.schema([("x", target)]), "here").conform(batch).rejected
    assert found == (cast.numbers.to_pylist() if cast else [])
