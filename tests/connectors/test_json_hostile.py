"""Files that are damaged, or made to hurt: no crash, no hang, no growth without bound, and nothing lost silently."""

from __future__ import annotations

import gzip
import json
import resource
from pathlib import Path

import pytest

from conduit.connectors.json import JsonSource, JsonSourceOptions
from conduit.sdk import ReadRequest, SourceError

from .json_reading import read_json

GOOD = b'{"a":1}\n'


@pytest.mark.parametrize(
    "deep", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b"[" * 200 + b"]" * 200]
)
def test_deep_nesting_is_a_reject(tmp_path: Path, deep: bytes) -> None:
    outcome = read_json(tmp_path, GOOD + b'{"a":' + deep + b"}\n" + GOOD, name="x.ndjson")
    assert outcome.column("a") == [1, 1]
    assert outcome.reasons in ([(2, "json_depth")], [(2, "json_syntax")])


def test_a_line_of_50_megabytes_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    content = GOOD + b'{"a":"' + b"x" * (50 << 20) + b'"}\n' + GOOD
    outcome = read_json(tmp_path, content, name="x.ndjson", chunk=1 << 20)
    assert outcome.column("a") == [1, 1]
    assert outcome.reasons == [(2, "json_too_long")]
    assert outcome.rejects[0]["byte_offset"] == len(GOOD)
    assert len(outcome.rejects[0]["raw"]) == 64 << 10
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (50 + 110) << 10  # the test's own copy of the file, and a few times the longest row that is read


@pytest.mark.parametrize(
    "content", [b'[{"a":1},{"a":2', b'[{"a":1},\n{"a":"x]', b'[{"a":1}', b'[{"a":[1}, {"a":2}]', b"["]
)
def test_an_array_that_is_never_closed_is_an_error_that_names_the_place(tmp_path: Path, content: bytes) -> None:
    """What follows an open bracket or quote cannot be told apart: loading the rest as one reject would hide it."""
    with pytest.raises(SourceError, match=r"x\.json:[12]: The array is never closed"):
        read_json(tmp_path, content, columns={"a": "int64"})


def test_an_element_without_end_is_an_error_before_memory_runs_out(tmp_path: Path) -> None:
    content = b'[{"a":1},\n{"a":[' + b'"0123456789abcdef",' * (1 << 20) + b"1]"
    with pytest.raises(SourceError, match=r"x\.json:2: The array's element that begins at byte 10 "):
        read_json(tmp_path, content, columns={"a": "int64"}, chunk=4 << 20)


def test_a_truncated_archive_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    squeezed = gzip.compress(b"".join(b'{"a":%d}\n' % i for i in range(100_000)))
    with pytest.raises(SourceError, match=r"x\.json\.gz.*Truncated"):
        read_json(tmp_path, squeezed[: len(squeezed) // 2], name="x.json.gz", columns={"a": "int64"})
    with pytest.raises(SourceError, match=r"x\.json\.gz"):
        read_json(tmp_path, b"no gzip at all", name="x.json.gz")


def test_utf_16_that_ends_inside_a_character_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"x\.json"):
        read_json(tmp_path, '{"a":1}\n'.encode("utf-16")[:-1])


def test_a_file_that_goes_away_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(GOOD)
    source = JsonSource(JsonSourceOptions(path=str(tmp_path / "x.json")))
    (partition,) = source.scan(ReadRequest()).partitions
    (tmp_path / "x.json").unlink()
    with pytest.raises(SourceError, match=r"x\.json"):
        list(source.read(partition, ReadRequest(), None))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ": x",
        ":null",
        ": null",
        '":"',
        '"',
        "\\",
        'a\\"',
        "{",
        "[1]",
        '{"a":1}',
        ',"a":2',
        "null",
        "\u2028",
        "\0",
        "\ud83d\ude00",
    ],
)
def test_texts_that_look_like_json_stay_texts(tmp_path: Path, text: str) -> None:
    """They are what the counting of keys and strings must not be fooled by; the chunk is large enough for it."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    rows = [{"a": text, "b": [text, "x"], "c": {"d": text}, "n": i} for i in range(6_000)]
    for ascii_only in (True, False):
        content = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows).encode()
        outcome = read_json(tmp_path, content, name="x.ndjson")
        assert outcome.rejects == []
        assert outcome.rows == rows
