"""Evidence is only worth something when it can be looked up: the value, its row, the share of NULL, the ends."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from conduit.core.sample import Sample
from conduit.schema.infer import Inference, InferredColumn, Known, infer


def _inferred(samples: list[Sample], **types: Any) -> Inference:
    return infer("r", [Known(name, pa.field(name, kind)) for name, kind in types.items()], samples)


def _column(values: list[object], kind: pa.DataType, run: pa.DataType, **known: bool) -> InferredColumn:
    rows = pa.record_batch({"c": pa.array(values, kind)})
    return infer("r", [Known("c", pa.field("c", run), **known)], [Sample("head", rows)]).columns[0]


def _text(part: Any, values: list[str | None], file: str | None = "f.csv") -> Sample:
    return Sample(part, pa.record_batch({"c": pa.array(values, pa.string())}), file)


def test_a_witness_stands_where_it_says() -> None:
    """Batches of one part continue each other; a part of another file begins anew."""
    samples = [
        _text("head", ["1", "2"]),
        _text("head", ["3", "4"]),
        Sample("head", pa.RecordBatch.from_arrays([], names=[]), "f.csv", 2, "odd"),
        _text("tail", ["5"]),
        _text("tail", ["6", "n/a"]),
        _text("tail", ["n/a"], "g.csv"),
    ]
    found = _inferred(samples, c=pa.string())
    witness = found.columns[0].forced_by
    assert witness is not None
    assert (witness.value, witness.part, witness.row, witness.file) == ("n/a", "tail", 3, "f.csv")
    assert str(witness) == "'n/a' (row 3 of the tail)"
    assert (found.rows, found.parts, found.files, found.unreadable, found.reason) == (8, ("head", "tail"), 2, 2, "odd")


def test_nulls_ends_and_examples_are_those_of_the_values() -> None:
    column = _column(["10", "9", None, "9", "9", "10", None, "100"], pa.string(), pa.int64())
    seen = column.evidence
    assert (seen.rows, seen.nulls, seen.distinct, seen.null_share) == (8, 2, 3, 0.25)
    assert (seen.low, seen.high) == ("9", "100")
    assert seen.examples == ("9", "10", "100")
    assert (column.suggested, column.misfits) == (None, 0)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[1], None, [2, 3]], pa.list_(pa.int64())),
        ([{"x": 1}, None], pa.struct([("x", pa.int64())])),
        ([b"\x00\xff", None], pa.binary()),
        ([1.5, float("nan")], pa.float64()),
        ([True, None], pa.bool_()),
        ([None, None], pa.null()),
        ([b"0123456789abcdef", None], pa.uuid()),
        ([b"ab"], pa.binary(2)),
        (["a"], pa.string_view()),
        (["a", "a"], pa.dictionary(pa.int8(), pa.string())),
        ([1], pa.duration("us")),
        ([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    ],
    ids=str,
)
def test_every_type_has_evidence(values: list[object], kind: pa.DataType) -> None:
    if isinstance(kind, pa.UuidType):
        array: pa.Array = pa.ExtensionArray.from_storage(kind, pa.array(values, pa.binary(16)))
        rows = pa.record_batch({"c": array})
    elif pa.types.is_dictionary(kind):
        rows = pa.record_batch({"c": pa.array(values).dictionary_encode().cast(kind)})
    else:
        rows = pa.record_batch({"c": pa.array(values, kind)})
    [column] = _inferred([Sample("head", rows)], c=kind).columns
    assert column.evidence.rows == len(values)
    assert column.evidence.nulls == sum(value is None for value in values)
    assert column.as_dict()["name"] == "c"


def test_a_column_of_nulls_is_kept_and_said_to_be_one() -> None:
    column = _column([None, None], pa.string(), pa.string())
    assert (column.type, column.nullable, column.hints) == (pa.string(), True, ("all NULL: kept as string",))


def test_values_that_a_run_would_reject_are_counted() -> None:
    column = _column(["1", "x", "x", "2.5"], pa.string(), pa.int64())
    assert (column.misfits, column.suggested) == (3, pa.string())
    assert column.misfit is not None
    assert column.misfit.value == "x"


def test_a_declared_type_is_what_the_user_wants() -> None:
    column = _column(["1", "x"], pa.string(), pa.int64(), declared=True)
    assert (column.misfits, column.suggested) == (1, None)
    assert _column(["1"], pa.string(), pa.string(), declared=True).suggested is None


def test_typed_text_may_be_something_narrower() -> None:
    assert _column(["1", "2"], pa.string(), pa.string()).suggested == pa.int64()
    assert _column(["a"], pa.string(), pa.string()).suggested is None


def test_no_type_narrower_than_that_of_a_run_is_suggested_where_it_is_no_text() -> None:
    """A run looks at other rows too: it may have seen what the sample did not."""
    assert _column(["1"], pa.string(), pa.float64()).suggested is None
    assert _column(["2024-01-01"], pa.string(), pa.timestamp("us")).suggested is None
    assert _column(["0.1234567890123456789"], pa.string(), pa.float64()).suggested == pa.decimal128(38, 19)


def test_a_masked_column_shows_no_value() -> None:
    column = _column(["hunter2", "hunter3", "1"], pa.string(), pa.int64(), masked=True)
    assert "hunter" not in str(column)
    assert (column.evidence.rows, column.misfits) == (3, 2)


def test_without_a_sample_the_schema_is_there() -> None:
    found = _inferred([], a=pa.int64(), b=pa.string())
    assert (found.schema, found.rows, found.parts) == (pa.schema([("a", pa.int64()), ("b", pa.string())]), 0, ())
