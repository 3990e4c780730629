"""A sample of a CSV file has rows as they are written, from its head, middle and tail, whatever the file's size."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.connectors.csv import CsvSource, CsvSourceOptions
from conduit.sdk import ReadRequest

from .samples import bytes_read, part, sampled


def _source(path: Path, **options: object) -> CsvSource:
    return CsvSource(CsvSourceOptions(path=str(path), **options))


def _numbered(first: int, last: int) -> str:
    return "".join(f"{i},{i % 7}\n" for i in range(first, last))


def test_values_are_text_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,a\n007, 1 \n,""\n"1",NA\n')
    [taken] = sampled(_source(tmp_path / "in.csv", null_values=["", "NA"]), 10)
    assert taken.rows.to_pydict() == {"id": ["007", None, "1"], "a": [" 1 ", "", None]}
    assert taken.rows.schema.types == [pa.string(), pa.string()]


def test_a_small_file_is_looked_at_whole(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,n\n" + _numbered(0, 500) + "500,1")
    [taken] = sampled(_source(tmp_path / "in.csv"), 1_000)
    assert taken.rows.column("id").to_pylist() == [str(i) for i in range(501)]


def test_head_middle_and_tail_of_a_large_file(tmp_path: Path) -> None:
    rows = 200_000
    (tmp_path / "in.csv").write_text("id,n\n" + _numbered(0, rows))
    taken = sampled(_source(tmp_path / "in.csv"), 3_000)
    ids = {name: [int(v) for v in part(taken, name)["id"].to_pylist()] for name in ("head", "middle", "tail")}
    assert ids["head"] == list(range(1_000))
    assert ids["tail"] == list(range(rows - 1_000, rows))
    assert ids["middle"] == list(range(ids["middle"][0], ids["middle"][0] + 1_000))
    assert 80_000 < ids["middle"][0] < 120_000


@pytest.mark.parametrize("shift", range(0, 40, 3))
def test_line_breaks_in_quotes_do_not_cut_a_record(tmp_path: Path, shift: int) -> None:
    """Where the middle begins is up to the size of the file: inside quotes, at a quote, behind one."""
    text = "id,note\n" + "x" * shift + ",first\n" + "".join(f'{i},"line\n{i} of, ""it"""\n' for i in range(40_000))
    (tmp_path / "in.csv").write_text(text)
    taken = sampled(_source(tmp_path / "in.csv"), 900)
    assert sum(sample.unreadable for sample in taken) == 0
    for name in ("middle", "tail"):
        rows = part(taken, name).to_pylist()
        assert len(rows) >= 100
        assert all(row["note"] == f'line\n{row["id"]} of, "it"' for row in rows)
    assert part(taken, "tail")["id"][-1].as_py() == "39999"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, newline: str) -> None:
    text = "id,größe\n" + "".join(f"{i},é{i}\n" for i in range(60_000))
    (tmp_path / "in.csv").write_bytes(text.replace("\n", newline).encode(encoding))
    taken = sampled(_source(tmp_path / "in.csv"), 300)
    assert {sample.part for sample in taken} == {"head", "middle", "tail"}
    for name in ("head", "middle", "tail"):
        rows = part(taken, name)
        assert rows["größe"].to_pylist() == [f"é{i}" for i in rows["id"].to_pylist()]
    assert part(taken, "tail")["id"][-1].as_py() == "59999"


def test_of_a_compressed_file_the_head_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(("id,n\n" + _numbered(0, 300_000)).encode()))
    taken = sampled(_source(tmp_path / "in.csv.gz"), 3_000)
    assert {sample.part for sample in taken} == {"head"}
    assert part(taken, "head").num_rows == 3_000


def test_of_many_files_the_first_the_middle_and_the_last(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.csv").write_text(f"id,file\n1,{number}\n")
    (tmp_path / "a-empty.csv").write_text("")
    taken = sampled(_source(tmp_path), 30)
    assert [sample.rows.column("file").to_pylist() for sample in taken] == [["0"], ["4"], ["8"]]
    assert [Path(str(sample.file)).name for sample in taken] == ["0.csv", "4.csv", "8.csv"]


def test_columns_of_folders_are_there(tmp_path: Path) -> None:
    for country in ("NO", "SE"):
        (tmp_path / f"country={country}").mkdir()
        (tmp_path / f"country={country}" / "in.csv").write_text("id\n1\n")
    taken = sampled(_source(tmp_path), 10)
    assert [sample.rows.to_pydict() for sample in taken] == [{"id": ["1"], "country": [c]} for c in ("NO", "SE")]
    wanted = sampled(_source(tmp_path), 10, ReadRequest(columns=("country",)))
    assert [sample.rows.to_pydict() for sample in wanted] == [{"country": ["NO"]}, {"country": ["SE"]}]


def test_ragged_rows_are_counted_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3\n4,5,6\n7,8\n")
    [taken] = sampled(_source(tmp_path / "in.csv"), 10)
    assert (taken.rows.column("a").to_pylist(), taken.unreadable) == (["1", "7"], 2)
    assert taken.reason


def test_ten_gigabytes_cost_a_few_megabytes_of_reading(tmp_path: Path) -> None:
    """The file is a sparse one: what lies between head, middle and tail is never looked at."""
    path, size = tmp_path / "in.csv", 10 << 30
    with path.open("wb") as file:
        file.write(b"id,n\n" + _numbered(0, 100_000).encode())
        file.seek(size // 2 - (1 << 20))
        file.write(b"\n" + _numbered(1_000_000, 1_200_000).encode())
        tail = b"\n" + _numbered(2_000_000, 2_100_000).encode()
        file.seek(size - len(tail))
        file.write(tail)
    source = _source(path, columns={"id": "int64", "n": "int64"})
    scan = source.scan(ReadRequest())
    taken, read = bytes_read(lambda: list(source.sample(scan, ReadRequest(), 9_000)))
    assert read < 4 << 20
    assert [part(taken, name).num_rows for name in ("head", "middle", "tail")] == [3_000] * 3
    assert part(taken, "tail")["id"][-1].as_py() == "2099999"


def test_one_giant_line_is_bounded(tmp_path: Path) -> None:
    with (tmp_path / "in.csv").open("wb") as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    taken, read = bytes_read(lambda: sampled(_source(tmp_path / "in.csv", columns={"a": "string", "b": "string"}), 90))
    assert read < 40 << 20
    assert part(taken, "head")["a"].to_pylist()[0] == "1"


def test_only_a_header_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n")
    assert sum(sample.rows.num_rows for sample in sampled(_source(tmp_path / "in.csv"), 10)) == 0
