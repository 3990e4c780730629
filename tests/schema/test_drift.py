"""What became of a schema is told whole, and nothing is told where nothing did: loads go on or stop by it."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.schema.drift import ColumnDrift, drift

KINDS = (pa.int32(), pa.int64(), pa.string(), pa.large_string(), pa.timestamp("us"), pa.timestamp("us", "UTC"))
NESTED = (pa.list_(pa.int32()), pa.struct([("a", pa.int32())]), pa.struct([pa.field("a", pa.int32(), False)]))
FIELDS = st.builds(pa.field, st.sampled_from("abcdef"), st.sampled_from((*KINDS, *NESTED)), st.booleans())
SCHEMAS = st.lists(FIELDS, max_size=6, unique_by=lambda field: field.name).map(pa.schema)


@settings(deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_there_is_drift_if_and_only_if_schemas_differ(a: pa.Schema, b: pa.Schema) -> None:
    assert bool(drift(a, b)) is not a.equals(b)
    assert not drift(a, a)


@settings(deadline=None)
@given(st.lists(FIELDS, max_size=5).map(pa.schema), st.lists(FIELDS, max_size=5).map(pa.schema))
def test_columns_of_one_name_are_told_apart(a: pa.Schema, b: pa.Schema) -> None:
    assert bool(drift(a, b)) is not a.equals(b)


@settings(deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_every_column_that_differs_is_named(a: pa.Schema, b: pa.Schema) -> None:
    found = drift(a, b)
    differ = {name for name in a.names if name not in b.names or not a.field(name).equals(b.field(name))}
    differ |= set(b.names) - set(a.names)
    assert {column.name for column in found.columns if column.kind != "moved"} == differ
    for column in found.columns:
        assert column.old == (a.field(column.name) if column.name in a.names else None)
        assert column.new == (b.field(column.name) if column.name in b.names else None)


@settings(deadline=None)
@given(SCHEMAS, st.randoms(use_true_random=False))
def test_only_columns_that_moved_are_moved(schema: pa.Schema, random: object) -> None:
    """Taking away what moved leaves the same order in both, and there is no smaller set that does."""
    shuffled = list(schema)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = drift(schema, pa.schema(shuffled))
    moved = {column.name for column in found.columns}
    assert {column.kind for column in found.columns} <= {"moved"}
    stay = [name for name in schema.names if name not in moved]
    assert stay == [field.name for field in shuffled if field.name not in moved]
    assert len(stay) == _longest_common([field.name for field in shuffled], schema.names)


@settings(deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_drift_is_told_as_json_and_in_one_line(a: pa.Schema, b: pa.Schema) -> None:
    found = drift(a, b)
    told = json.loads(json.dumps(found.as_dict()))
    assert [(column["name"], column["kind"]) for column in told["columns"]] == [(c.name, c.kind) for c in found.columns]
    assert (found.one_line() == "unchanged") is not bool(found)


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (pa.int32(), pa.int64(), ["widened"]),
        (pa.int64(), pa.int32(), ["narrowed"]),
        (pa.int64(), pa.string(), ["retyped"]),
        (pa.timestamp("us"), pa.timestamp("us", "UTC"), ["retyped"]),
        (pa.decimal128(10, 2), pa.float64(), ["retyped"]),
        (pa.null(), pa.string(), ["widened"]),
        (pa.string(), pa.large_string(), ["widened"]),
        (pa.int64(), pa.int64(), []),
    ],
    ids=str,
)
def test_a_type_that_changed_is_called_by_the_lattice(old: pa.DataType, new: pa.DataType, kinds: list[str]) -> None:
    assert [column.kind for column in drift(pa.schema([("a", old)]), pa.schema([("a", new)])).columns] == kinds


def test_one_column_can_have_several_entries() -> None:
    old, new = pa.field("a", pa.int32(), False), pa.field("a", pa.string())
    assert drift(pa.schema([old]), pa.schema([new])).columns == (
        ColumnDrift("a", "retyped", old, new),
        ColumnDrift("a", "nullable", old, new),
    )
    assert [column.kind for column in drift(pa.schema([new]), pa.schema([old])).columns] == ["retyped", "required"]


def test_metadata_is_no_structure() -> None:
    plain, noted = (
        pa.schema([("a", pa.int64())]),
        pa.schema([pa.field("a", pa.int64(), metadata={"k": "v"})], {"m": "n"}),
    )
    assert not drift(plain, noted)


def test_one_line_has_the_counts_and_the_first_names() -> None:
    old = pa.schema([("c", pa.int32()), ("gone", pa.date32())])
    new = pa.schema([("c", pa.int64()), *((name, pa.string()) for name in "abdefgh")])
    line = drift(old, new).one_line()
    assert line == "7 added (a, b, d, e, f, 2 more), 1 removed (gone), 1 widened (c: int32 -> int64)"


def _longest_common(left: list[str], right: list[str]) -> int:
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if a == b else max(lengths[i][j + 1], lengths[i + 1][j])
    return lengths[-1][-1]
