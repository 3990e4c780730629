"""What is written is JSON by anyone's reading, with every digit, and laid out as asked."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from conduit.connectors._lib.json_encode import JsonEncoder, JsonStyle
from conduit.connectors.json import JsonDestination, JsonDestinationOptions
from conduit.sdk import DestinationError, WriteJob, WriteMode

LINES = JsonStyle(array=False)


def _written(batches: list[pa.RecordBatch], style: JsonStyle = LINES, schema: pa.Schema | None = None) -> str:
    file = io.BytesIO()
    encoder = JsonEncoder(file, schema or batches[0].schema, style)
    for batch in batches:
        encoder.write(batch)
    encoder.close()
    return file.getvalue().decode()


def _value(value: Any, kind: pa.DataType, style: JsonStyle = LINES) -> str:
    line = _written([pa.RecordBatch.from_arrays([pa.array([value], kind)], names=["v"])], style)
    return line.removeprefix('{"v":').removesuffix("}\n")


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (2**63 - 1, pa.int64(), "9223372036854775807"),
        (2**64 - 1, pa.uint64(), "18446744073709551615"),
        (Decimal("12345678901234567.80"), pa.decimal128(38, 2), "12345678901234567.80"),
        (0.1, pa.float64(), "0.1"),
        (1.0, pa.float64(), "1.0"),
        (1e300, pa.float64(), "1e+300"),
        (True, pa.bool_(), "true"),
        (None, pa.int64(), "null"),
        (None, pa.null(), "null"),
        ('é"\\/\n\x01\u2028😀', pa.string(), '"é\\"\\\\/\\n\\u0001\u2028😀"'),
        (dt.date(2024, 2, 29), pa.date32(), '"2024-02-29"'),
        (dt.datetime(2024, 2, 29, 10, 0, 0, 123456), pa.timestamp("us"), '"2024-02-29T10:00:00.123456"'),
        (dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC), pa.timestamp("ms", "Europe/Oslo"), '"2024-02-29T10:00:00.000Z"'),
        (dt.time(10, 0, 0, 5), pa.time64("us"), '"10:00:00.000005"'),
        (dt.timedelta(seconds=1.5), pa.duration("us"), "1500000"),
        (b"\0\1\2\3", pa.binary(), '"AAECAw=="'),
        ([1, None], pa.list_(pa.int64()), "[1,null]"),
        ([], pa.list_(pa.string()), "[]"),
        ([[["a"], None]], pa.list_(pa.list_(pa.list_(pa.string()))), '[[["a"],null]]'),
        ([1, 2], pa.list_(pa.int8(), 2), "[1,2]"),
        ({"x": 1, 'y"': None}, pa.struct([("x", pa.int8()), ('y"', pa.string())]), '{"x":1,"y\\"":null}'),
        ([("a", 1), ('"', None)], pa.map_(pa.string(), pa.int64()), '{"a":1,"\\"":null}'),
        ("a", pa.dictionary(pa.int8(), pa.string()), '"a"'),
    ],
)  # fmt: skip
def test_a_value_is_written_exactly(value: Any, kind: pa.DataType, text: str) -> None:
    assert _value(value, kind) == text
    assert _value(None, kind) == "null"
    json.loads(text)


def test_a_slice_of_a_batch_is_written_alone() -> None:
    batch = pa.RecordBatch.from_pydict(
        {"s": ['"', "b", "c"], "l": [[1], [2, 3], []], "t": [{"x": "\n"}, None, {"x": "y"}]}
    )
    assert _written([batch.slice(1, 2)]) == '{"s":"b","l":[2,3],"t":null}\n{"s":"c","l":[],"t":{"x":"y"}}\n'


ROWS = [
    pa.RecordBatch.from_pydict({"a": [1, None], "b": [["x"], []]}),
    pa.RecordBatch.from_pydict({"a": [3], "b": [None]}),
]
ROWS[1] = ROWS[1].cast(ROWS[0].schema)


def test_an_array_spans_batches_and_is_closed() -> None:
    text = _written(ROWS, JsonStyle(array=True))
    assert text == '[\n{"a":1,"b":["x"]},\n{"a":null,"b":[]},\n{"a":3,"b":null}\n]\n'


def test_fields_are_indented() -> None:
    expected = [{"a": 1, "b": ["x"]}, {"a": None, "b": []}, {"a": 3, "b": None}]
    text = _written(ROWS, JsonStyle(array=True, indent=2))
    assert text.startswith('[\n  {\n    "a": 1,\n    "b": ["x"]\n  },\n')
    assert json.loads(text) == expected


def test_nulls_can_be_left_out() -> None:
    for style in (JsonStyle(array=True, nulls="omit"), JsonStyle(array=True, nulls="omit", indent=1)):
        assert json.loads(_written(ROWS, style)) == [{"a": 1, "b": ["x"]}, {"b": []}, {"a": 3}]


@pytest.mark.parametrize(("array", "text"), [(True, "[]\n"), (False, "")])
def test_no_rows_are_an_empty_array_or_file(array: bool, text: str) -> None:
    assert _written([], JsonStyle(array), schema=ROWS[0].schema) == text
    assert _written([ROWS[0].slice(0, 0)], JsonStyle(array)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_what_is_no_number_is_an_error_unless_told_otherwise(value: float, kind: pa.DataType) -> None:
    """A NaN that becomes null is a value that was lost without a word."""
    with pytest.raises(DestinationError, match=r"The column 'v' holds (NaN|-?inf)"):
        _value(value, kind)
    assert _value(value, kind, JsonStyle(array=False, nan="null")) == "null"
    assert json.loads(_value(value, kind, JsonStyle(array=False, nan="string"))).lower() == str(value)
    assert _value(None, kind) == "null"


def test_a_nested_column_at_fault_is_named() -> None:
    with pytest.raises(DestinationError, match=r"'v\.x\[\]'"):
        _value({"x": [float("nan")]}, pa.struct([("x", pa.list_(pa.float64()))]))


@pytest.mark.parametrize(
    ("path", "options", "name", "begins"),
    [
        ("out.json", {}, "out.json", b"[\n"),
        ("out.jsonl", {}, "out.jsonl", b'{"a'),
        ("out.json", {"format": "ndjson"}, "out.json", b'{"a'),
        ("out.ndjson.gz", {}, "out.ndjson.gz", b"\x1f\x8b"),
        ("out/", {}, ".jsonl", b'{"a'),
        ("out/", {"format": "array", "indent": 2}, ".json", b"[\n"),
        ("out/", {"compression": "zstd"}, ".jsonl.zst", b"\x28\xb5\x2f\xfd"),
    ],
)  # fmt: skip
def test_the_path_and_the_options_choose_the_layout(
    tmp_path: Path, path: str, options: dict[str, Any], name: str, begins: bytes
) -> None:
    destination = JsonDestination(JsonDestinationOptions(path=f"{tmp_path}/{path}", **options))
    assert destination.describe("t") is None
    assert _load(destination, ROWS, "t1").rows == 3
    (part,) = [file for file in (tmp_path / "out" if path == "out/" else tmp_path).iterdir() if file.is_file()]
    assert part.name.endswith(name)
    assert part.read_bytes().startswith(begins)
    assert destination.describe("t") == ROWS[0].schema


def test_a_file_of_no_rows_has_no_schema(tmp_path: Path) -> None:
    destination = JsonDestination(JsonDestinationOptions(path=str(tmp_path / "out.json")))
    _load(destination, [], "t1")
    assert (tmp_path / "out.json").read_text() == "[]\n"
    assert destination.describe("t") is None


@pytest.mark.parametrize(
    "options", [{"indent": 2, "format": "ndjson"}, {"compression": "rar"}, {"indent": -1}, {"x": 1}]
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        JsonDestinationOptions(path="x.json", **options)


def _load(destination: JsonDestination, batches: list[pa.RecordBatch], token: str) -> Any:
    session = destination.begin(WriteJob("t", ROWS[0].schema, WriteMode.FULL_REFRESH, token))
    staged = list(session.stage("p0", iter(batches)))
    receipt = session.commit(staged, {})
    assert destination.find("t", token) == receipt
    return receipt
