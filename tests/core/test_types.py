"""Type names: what people write is understood, and what Conduit writes is read back as the same type."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.core.types import parse_type, type_name
from conduit.errors import UnknownName

TYPES = [
    pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
    pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.date32(), pa.null(),
    pa.decimal128(12, 2), pa.decimal256(50, 10), pa.time64("us"), pa.time64("ns"), pa.time32("ms"),
    pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.timestamp("us", "Europe/Oslo"),
    pa.duration("ms"), pa.list_(pa.int64()), pa.list_(pa.list_(pa.decimal128(9, 1))),
    pa.struct([("a", pa.int64()), ("b", pa.list_(pa.struct([("c", pa.timestamp("us", "UTC"))])))]),
]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_every_name_that_is_written_is_read_back(kind: pa.DataType) -> None:
    assert parse_type(type_name(kind)) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NUMERIC( 12 , 2 )", pa.decimal128(12, 2)),
        ("decimal(9)", pa.decimal128(9, 0)),
        ("timestamptz", pa.timestamp("us", "UTC")),
        ("timestamp[us, tz=UTC]", pa.timestamp("us", "UTC")),
        ("Text", pa.string()),
        ("integer", pa.int64()),
        ("list<item: string>", pa.list_(pa.string())),
    ],
)
def test_other_spellings_are_understood(text: str, kind: pa.DataType) -> None:
    assert parse_type(text) == kind


@pytest.mark.parametrize(
    "text", ["in64", "decimal(99,2)", "timestamp[min]", "list<>", "struct<a>", "", "time[us, UTC]"]
)
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UnknownName):
        parse_type(text)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'int64'"):
        parse_type("in64")
