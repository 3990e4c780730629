"""A row that cannot be read becomes a reject with its place, text and reason, and the rows around it load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .json_reading import read_json

GOOD = b'{"a":1}'


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (b"5", "json_not_object", None),
        (b"null", "json_not_object", None),
        (b'[{"a":1}]', "json_not_object", None),
        (b'{"a":1', "json_syntax", 7),
        (b'{"a":1}}', "json_syntax", 8),
        (b'{"a":1}{"a":2}', "json_syntax", 8),
        (b'{"a":1,}', "json_syntax", 8),
        (b'  {"a":01}', "json_syntax", 9),
        (b'{"a":NaN}', "json_syntax", 6),
        (b'{"a":1} // one', "json_syntax", 9),
        (b"{'a':1}", "json_syntax", 2),
        (b'{"\xc3\xa6":1, "a": x}', "json_syntax", 14),
        (b'{"a":"\t"}', "json_syntax", 7),
        (b'{"a":"\0"}', "json_syntax", 7),
        (b'{"a":"\xff"}', "json_encoding", 7),
        (b'{"a":"\\ud800"}', "json_encoding", None),
        (b'{"a":1,"a":2}', "json_duplicate_key", None),
        (b'{"a":1,"\\u0061":2}', "json_duplicate_key", None),
        (b'{"a":"x"}', "json_type", None),
    ],
)
def test_a_bad_line_says_where_and_why(tmp_path: Path, line: bytes, code: str, column: int | None) -> None:
    content = GOOD + b"\n\n" + line + b"\n" + GOOD + b"\n"
    outcome = read_json(tmp_path, content, name="x.ndjson", columns={"a": "int64"})
    assert outcome.column("a") == [1, 1]
    (reject,) = outcome.rejects
    assert reject["file"].endswith("x.ndjson")
    assert (reject["line"], reject["code"], reject["column_number"]) == (3, code, column)
    assert reject["raw"] == line.strip()
    assert reject["byte_offset"] == content.index(line.strip(), 8)
    assert reject["message"]


def test_a_repeated_key_counts_once_when_the_other_is_null(tmp_path: Path) -> None:
    content = b'{"a":null,"a":1}\n{"a":2,"a":null}\n{"a":null,"a":null}\n'
    assert read_json(tmp_path, content, columns={"a": "int64"}).column("a") == [1, 2, None]


def test_a_truncated_last_line_is_a_reject(tmp_path: Path) -> None:
    outcome = read_json(tmp_path, GOOD + b'\n{"a":2,"b":"not fin')
    assert outcome.column("a") == [1]
    assert outcome.reasons == [(2, "json_syntax")]


def test_elements_of_an_array_are_placed_by_line_and_column(tmp_path: Path) -> None:
    content = b'[{"a":1},\n {"a": oops}, {"a":3},\n {"a":\n  "x"\n },\n 7,\n {"a":5}]'
    outcome = read_json(tmp_path, content, columns={"a": "int64"})
    assert outcome.column("a") == [1, 3, 5]
    assert outcome.reasons == [(2, "json_syntax"), (3, "json_type"), (6, "json_not_object")]
    oops = outcome.rejects[0]
    assert (oops["column_number"], oops["byte_offset"], oops["raw"]) == (8, 11, b'{"a": oops}')
    assert outcome.rejects[1]["raw"] == b'{"a":\n  "x"\n }'


@pytest.mark.parametrize("content", [b'[{"a":1},]', b'[{"a":1},,{"a":1}]', b'[,{"a":1}]', b'[{"a":1}, \n ,{"a":1}]'])
def test_a_missing_element_is_a_reject(tmp_path: Path, content: bytes) -> None:
    for chunk in (8 << 20, 4):
        outcome = read_json(tmp_path, content, columns={"a": "int64"}, chunk=chunk)
        assert outcome.column("a") == [1] * content.count(b"{")
        assert [code for _, code in outcome.reasons] == ["json_syntax"]


def test_what_follows_an_array_is_a_reject(tmp_path: Path) -> None:
    outcome = read_json(tmp_path, b'[{"a":1}]\n\n [{"a":2}]', columns={"a": "int64"})
    assert outcome.column("a") == [1]
    assert outcome.reasons == [(3, "json_trailing")]
    assert outcome.rejects[0]["byte_offset"] == 12


def test_places_are_right_in_large_files_and_among_many_chunks(tmp_path: Path) -> None:
    """Bad rows among 40,000 good ones: each is found, with its own line, offset and bytes, whatever the chunks."""
    lines = [json.dumps({"id": i, "name": f"row {i}", "score": i / 4}).encode() for i in range(40_000)]
    bad = {17: b"{", 5_000: b'{"id":"x"}', 20_001: b"\xff", 39_999: b'{"id":1,"id":2}'}
    for i, text in bad.items():
        lines[i] = text
    content = b"\n".join(lines)
    for chunk in (300_000, 8 << 20):
        outcome = read_json(tmp_path, content, name="x.ndjson", chunk=chunk)
        assert outcome.column("id") == [i for i in range(40_000) if i not in bad]
        assert [(r["line"] - 1, r["raw"]) for r in outcome.rejects] == list(bad.items())
        assert [content[r["byte_offset"] :].split(b"\n")[0] for r in outcome.rejects] == list(bad.values())
