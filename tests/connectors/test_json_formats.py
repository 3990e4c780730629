"""Lines, arrays and single objects are told apart by what is in the file; compression and encoding too."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.connectors.json import JsonSource, JsonSourceOptions
from conduit.sdk import ReadRequest, SourceError

from .json_reading import read_json

ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
LINES = b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'


@pytest.mark.parametrize(
    "content",
    [
        LINES,
        LINES.rstrip(b"\n"),
        LINES.replace(b"\n", b"\r\n"),
        b"\n\n  \n" + LINES + b"\n\t\n",
        b'  {"a":1,"b":"x"}  \n {"b":"y","a":2}',
        b'[{"a":1,"b":"x"},{"a":2,"b":"y"}]',
        b'\n [\n  {"a": 1,\n   "b": "x"} ,\n {"a":2,"b":"y"}\n]\n\n',
    ],
)
def test_the_layout_is_detected(tmp_path: Path, content: bytes) -> None:
    outcome = read_json(tmp_path, content)
    assert outcome.rows == ROWS
    assert outcome.rejects == []
    assert outcome.types == {"a": "int64", "b": "string"}


def test_an_object_of_many_lines_is_one_row(tmp_path: Path) -> None:
    content = b'{\n  "a": 1,\n  "list": [\n    {"x": 1},\n    {"x": 2}\n  ]\n}\n'
    assert read_json(tmp_path, content).rows == [{"a": 1, "list": [{"x": 1}, {"x": 2}]}]


def test_a_torn_first_line_does_not_make_an_object_of_the_file(tmp_path: Path) -> None:
    """Otherwise one torn write would turn all rows into a single reject."""
    outcome = read_json(tmp_path, b'{"a":0,"b":\n' + LINES)
    assert outcome.rows == ROWS
    assert outcome.reasons == [(1, "json_syntax")]


def test_the_format_can_be_set(tmp_path: Path) -> None:
    content = b'{"a": 1,\n"b": "x"}\n'
    assert read_json(tmp_path, content, format="object").rows == ROWS[:1]
    assert len(read_json(tmp_path, content, format="ndjson", columns={"a": "int64"}).rejects) == 2


@pytest.mark.parametrize(
    ("ending", "squeeze"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", lambda raw: pa.compress(raw, "zstd", asbytes=True)),
    ],
)
def test_compressed_files_are_read_by_their_ending(tmp_path: Path, ending: str, squeeze: object) -> None:
    assert callable(squeeze)
    for layout in (LINES, b"[" + LINES.strip().replace(b"\n", b",") + b"]"):
        assert read_json(tmp_path, squeeze(layout), name=f"x.json{ending}").rows == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_names_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = '{"a":1,"b":"Ærøskøbing 😀"}\n{"a":2,"b":"y"}\n'
    assert read_json(tmp_path, text.encode(encoding)).column("b") == ["Ærøskøbing 😀", "y"]
    array = "[" + text.strip().replace("\n", ",") + "]"
    assert read_json(tmp_path, array.encode(encoding)).column("b") == ["Ærøskøbing 😀", "y"]


def test_files_of_different_layouts_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_bytes(b'[{"a":1}]')
    (tmp_path / "2.ndjson").write_bytes(b'{"a":2}\n{"c":3}\n')
    source = JsonSource(JsonSourceOptions(path=str(tmp_path)))
    scan = source.scan(ReadRequest())
    assert scan.schema.names == ["a", "c"]
    rows = [
        row
        for part in scan.partitions
        for message in source.read(part, ReadRequest(), None)
        for row in (message.data.to_pylist() if hasattr(message, "data") else [])
    ]
    assert rows == [{"a": 1, "c": None}, {"a": 2, "c": None}, {"a": None, "c": 3}]


@pytest.mark.parametrize("content", [b"", b" \n\n", b"[]", b" [ \n ] \n", b"{}", b"null\n"])
def test_a_file_without_columns_says_so(tmp_path: Path, content: bytes) -> None:
    """Nothing can be made of it, unless the columns are declared."""
    with pytest.raises(SourceError, match=r"x\.json.*No row was found"):
        read_json(tmp_path, content)
    declared = read_json(tmp_path, content, columns={"a": "int64"})
    assert declared.rows == ([{"a": None}] if content == b"{}" else [])
    assert declared.reasons == ([(1, "json_not_object")] if content == b"null\n" else [])


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_bytes(LINES)
    source = JsonSource(JsonSourceOptions(path=str(tmp_path / "x.ndjson")))
    scan = source.scan(ReadRequest(columns=("b",)))
    assert scan.schema.names == ["b"]
    (rows, _) = source.read(scan.partitions[0], scan.absorbed, None)
    assert rows.data.to_pylist() == [{"b": "x"}, {"b": "y"}]  # type: ignore[union-attr]
    with pytest.raises(SourceError, match="no column 'c'"):
        source.scan(ReadRequest(columns=("c",)))
