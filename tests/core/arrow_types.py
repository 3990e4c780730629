"""Arrow types for properties that hold for all: each kind, its forms of storage, and what they are nested in."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import strategies as st

INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
FLOATS = (pa.float16(), pa.float32(), pa.float64())
DECIMALS = (
    pa.decimal128(1, 0), pa.decimal128(2, 0), pa.decimal128(3, 0), pa.decimal128(7, 0), pa.decimal128(10, 0),
    pa.decimal128(18, 0), pa.decimal128(20, 0), pa.decimal128(5, -2), pa.decimal128(12, 2), pa.decimal128(10, 4),
    pa.decimal128(3, 3), pa.decimal128(38, 38), pa.decimal256(50, 10), pa.decimal256(76, 0), pa.decimal256(76, 30),
)  # fmt: skip
MOMENTS = (
    pa.date32(),
    *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
    *(pa.timestamp(unit, "UTC") for unit in ("s", "ms", "us", "ns")),
    pa.timestamp("us", "Europe/Oslo"),
    pa.timestamp("ms", "Asia/Bangkok"),
)
OTHERS = (
    pa.null(), pa.bool_(), pa.string(), pa.binary(), pa.binary(4), pa.binary(16),
    pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
    *(pa.duration(unit) for unit in ("s", "ms", "us", "ns")),
)  # fmt: skip
SCALARS = (*INTEGERS, *FLOATS, *DECIMALS, *MOMENTS, *OTHERS)
FORMS = (
    pa.large_string(), pa.string_view(), pa.large_binary(), pa.binary_view(), pa.date64(), pa.decimal256(12, 2),
    pa.decimal32(5, 2), pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.int64()),
    pa.large_list(pa.int32()), pa.uuid(), pa.json_(),
)  # fmt: skip


def _fields(inner: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.Field]:
    return st.builds(_field, st.sampled_from("abc"), inner, st.booleans())


def _field(name: str, kind: pa.DataType, nullable: bool) -> pa.Field:
    return pa.field(name, kind, nullable or pa.types.is_null(kind))


def _nested(inner: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.DataType]:
    fields = _fields(inner)
    return st.one_of(
        fields.map(pa.list_),
        # Arrow casts to lists of a fixed size only where what is in them may be null.
        st.builds(pa.list_, inner, st.integers(1, 2)),
        st.builds(pa.map_, st.sampled_from((pa.string(), pa.int32(), pa.int64())), fields),
        st.lists(fields, max_size=3, unique_by=lambda field: field.name).map(pa.struct),
    )


def types_of(*leaves: pa.DataType) -> st.SearchStrategy[pa.DataType]:
    """The leaves, and lists, maps and structs of them."""
    return st.recursive(st.sampled_from(leaves), _nested, max_leaves=4)
