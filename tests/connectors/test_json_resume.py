"""Reading on from any mark gives exactly the rest: rows, rejects and their places, in every layout."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from conduit.sdk import Position, SourceError

from .json_reading import Outcome, read_json

LINES = [json.dumps({"id": i, "text": "é" * (i % 7)}, ensure_ascii=False) for i in range(200)]
LINES[50], LINES[51], LINES[120], LINES[199] = "{oops}", '{"id":"x"}', '{"id":1,\n "id":2}', '{"id":1,"id":3}'
COLUMNS = {"id": "int64", "text": "string"}


def _content(layout: str) -> bytes:
    if layout == "ndjson":
        return "\n".join(line.replace("\n", "") for line in LINES).encode()
    if layout == "bom":
        return _content("ndjson").decode().encode("utf-8-sig")
    if layout == "utf-16":
        return _content("ndjson").decode().encode("utf-16")
    if layout == "gzip":
        return gzip.compress(_content("ndjson"))
    text = ",\n ".join(LINES) if layout == "array" else ",".join(LINES)
    return f"[\n{text}]\n\n trailing".encode()


@pytest.mark.parametrize("layout", ["ndjson", "bom", "utf-16", "gzip", "array", "dense array"])
@pytest.mark.parametrize("chunk", [100, 700, 5_000])
def test_the_rest_after_each_mark_completes_what_came_before(tmp_path: Path, layout: str, chunk: int) -> None:
    name = "x.json.gz" if layout == "gzip" else "x.json"

    def read(resume: Position | None) -> Outcome:
        return read_json(tmp_path, _content(layout), name=name, chunk=chunk, resume=resume, columns=COLUMNS)

    everything = read(None)
    assert len(everything.rows) == 196
    assert len(everything.rejects) == 4 + ("array" in layout)
    assert len(everything.marks) > 2
    for i in range(0, len(everything.marks), max(1, len(everything.marks) // 12)):
        rest = read(everything.marks[i])
        assert rest.rows == everything.rows[len(everything.rows) - len(rest.rows) :]
        assert rest.rejects == everything.rejects[len(everything.rejects) - len(rest.rejects) :]
    last = read(everything.marks[-1])
    assert (last.rows, last.rejects) == ([], [])


def test_one_chunk_or_many_give_the_same(tmp_path: Path) -> None:
    for layout in ("ndjson", "array", "dense array"):
        whole = read_json(tmp_path, _content(layout), columns=COLUMNS)
        for chunk in (1, 37, 1_000):
            parts = read_json(tmp_path, _content(layout), chunk=chunk, columns=COLUMNS)
            assert (parts.rows, parts.rejects) == (whole.rows, whole.rejects)


def test_a_position_of_another_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no position in a JSON file"):
        read_json(tmp_path, b'{"a":1}', resume=Position([1, 2]))
