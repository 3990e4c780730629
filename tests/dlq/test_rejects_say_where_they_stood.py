"""Who corrects a source has to find the row in it: each reject has its file, and its line where that can be told."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import conduit
from conduit.dlq.catalog import find_runs

from .rejects import published


def _rejects(tmp_path: Path, source: Any, **options: Any) -> list[dict[str, Any]]:
    filter_ = options.pop("filter", None)
    pipeline = conduit.read(source, **options)
    pipeline = pipeline.filter(filter_) if filter_ else pipeline
    state = tmp_path / ".conduit"
    pipeline.check("n", max=100, action="dlq").to(tmp_path / "out.parquet", state_dir=state)
    return [row for run in find_runs([state / "dlq"]) for row in published(run.folder)]


def _lines(rejects: list[dict[str, Any]]) -> list[tuple[Any, int]]:
    return sorted((row["row"]["id"] if row["row"] else None, row["line"]) for row in rejects if row["row"])


_CSV = {
    "plain": ("id,n\n1,1\n2,200\n3,3\n4,400\n", [(2, 3), (4, 5)]),
    "without a last newline": ("id,n\n1,1\n2,200", [(2, 3)]),
    "blank lines": ("id,n\n\n1,1\n\n\n2,200\n4,400\n", [(2, 6), (4, 7)]),
    "records of several lines": ('id,t,n\n1,"a\nb",1\n2,"c\n\nd",200\n4,e,400\n', [(2, 4), (4, 7)]),
    "broken rows between": ("id,n\n1,1\nx,5\n2,200\n3,3,3\n4,400\n", [(2, 4), (4, 6)]),
    "carriage returns": ("id,n\r\n1,1\r\n2,200\r\n", [(2, 3)]),
}


@pytest.mark.parametrize("name", _CSV)
def test_a_row_of_csv_has_its_line(name: str, tmp_path: Path) -> None:
    text, expected = _CSV[name]
    (tmp_path / "in.csv").write_bytes(text.encode())
    rejects = _rejects(tmp_path, tmp_path / "in.csv", columns={"id": "int64", "n": "int64"})
    assert _lines(rejects) == expected
    assert {row["file"] for row in rejects} == {str(tmp_path / "in.csv")}


def test_lines_are_counted_across_chunks_filters_and_compression(tmp_path: Path) -> None:
    """Three megabytes in chunks that begin anywhere; every thousandth row is rejected."""
    rows = [f"{i},{'200' if i % 1000 == 0 else '1'},{'x' * 90}" for i in range(30_000)]
    text = "\n".join(["id,n,t", *rows, ""]).encode()
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(text, 1))
    (tmp_path / "in.csv").write_bytes(text)
    expected = [(i, i + 2) for i in range(1000, 30_000, 1000)]
    for name in ("in.csv", "in.csv.gz"):
        (tmp_path / name.replace(".", "-")).mkdir()
        rejects = _rejects(tmp_path / name.replace(".", "-"), tmp_path / name, filter="id > 0")
        assert _lines(rejects) == expected


_NDJSON = {
    "plain": ('{"id":1,"n":1}\n{"id":2,"n":200}\n', [(2, 2)]),
    "without a last newline": ('{"id":1,"n":1}\n{"id":2,"n":200}', [(2, 2)]),
    "blank lines": ('\n{"id":1,"n":1}\n\n{"id":2,"n":200}\n', [(2, 4)]),
    "broken rows between": ('{"id":1,"n":1}\nbad\n{"id":2,"n":200}\n{"id":3}\n{"id":4,"n":400}\n', [(2, 3), (4, 5)]),
}


@pytest.mark.parametrize("name", _NDJSON)
def test_a_row_of_ndjson_has_its_line(name: str, tmp_path: Path) -> None:
    text, expected = _NDJSON[name]
    (tmp_path / "in.ndjson").write_text(text)
    rejects = _rejects(tmp_path, tmp_path / "in.ndjson", columns={"id": "int64", "n": "int64"})
    assert _lines(rejects) == expected


def test_a_row_of_a_format_without_lines_has_its_number_behind_a_position(tmp_path: Path) -> None:
    table = pa.table({"id": list(range(10)), "n": [200 if i in (3, 7) else 1 for i in range(10)]})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=5)
    rejects = _rejects(tmp_path, tmp_path / "in.parquet", filter="id > 0")
    assert [(row["row"]["id"], row["line"], row["position"]) for row in rejects] == [
        (3, None, '{"since":null,"row":3}'),
        (7, None, '{"since":{"row_group": 1},"row":2}'),
    ]
    assert {row["file"] for row in rejects} == {str(tmp_path / "in.parquet")}


def test_a_row_that_is_in_no_file_has_its_number(tmp_path: Path) -> None:
    rejects = _rejects(tmp_path, pa.table({"id": [1, 2], "n": [1, 200]}))
    assert [(row["file"], row["line"], row["position"]) for row in rejects] == [(None, None, '{"since":null,"row":1}')]


def test_several_stages_tell_the_rows_of_one_batch_apart(tmp_path: Path) -> None:
    """A cast takes a row out, a check another one, the destination a third: the numbers must not shift."""
    (tmp_path / "in.csv").write_text("id,n,t\n1,1,1\n2,2,zwei\n3,300,3\n4,4,4\n5,500,5\n6,6,sechs\n")
    state = tmp_path / ".conduit"
    pipeline = conduit.read(tmp_path / "in.csv").cast(t="int64").check("n", max=100, action="dlq")
    pipeline.to(tmp_path / "out.parquet", state_dir=state)
    (run,) = find_runs([state / "dlq"])
    assert sorted((row["stage"], row["line"]) for row in published(run.folder)) == [
        ("check", 4), ("check", 6), ("conform", 3), ("conform", 7),
    ]  # fmt: skip


def test_the_message_of_a_strict_load_says_where(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,t\n1,1\n2,zwei\n")
    with pytest.raises(conduit.errors.DataError, match=r"in\.csv:3"):
        conduit.read(tmp_path / "in.csv").cast(t="int64").to(
            tmp_path / "out.parquet", state_dir=tmp_path / ".conduit", on_reject="fail"
        )
