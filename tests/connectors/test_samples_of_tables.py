"""A sample of Parquet, JSON and databases reaches the last row: that is where types change without a word."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.connectors.arrow import ArrowSource, ArrowSourceOptions
from conduit.connectors.duckdb import DuckdbSource, DuckdbSourceOptions
from conduit.connectors.json import JsonSource, JsonSourceOptions
from conduit.connectors.parquet import ParquetSource, ParquetSourceOptions
from conduit.connectors.sqlite import SqliteSource, SqliteSourceOptions

from .samples import bytes_read, part, sampled

ROWS = 60_000


def _ids(samples: list[object], name: str) -> list[int]:
    return part(samples, name)["id"].to_pylist()  # type: ignore[arg-type]


@pytest.mark.parametrize("group", [1_000, 17_000, ROWS])
def test_parquet_gives_first_middle_and_last_rows(tmp_path: Path, group: int) -> None:
    table = pa.table({"id": range(ROWS), "text": [str(i) for i in range(ROWS)]})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=group)
    taken = sampled(ParquetSource(ParquetSourceOptions(path=str(tmp_path / "in.parquet"))), 900)
    assert _ids(taken, "head") == list(range(300))
    assert _ids(taken, "tail") == list(range(ROWS - 300, ROWS))
    middle = _ids(taken, "middle")
    assert len(middle) == 300
    assert 15_000 < middle[0] < 45_000


def test_a_small_parquet_file_is_looked_at_once(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": range(10)}), tmp_path / "in.parquet", row_group_size=4)
    taken = sampled(ParquetSource(ParquetSourceOptions(path=str(tmp_path / "in.parquet"))), 900)
    assert ({sample.part for sample in taken}, _ids(taken, "head")) == ({"head"}, list(range(10)))
    pq.write_table(pa.table({"id": pa.array([], pa.int64())}), tmp_path / "in.parquet")
    assert sampled(ParquetSource(ParquetSourceOptions(path=str(tmp_path / "in.parquet"))), 900) == []


def test_json_lines_give_first_middle_and_last_rows(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "text": "x" * (i % 9)}) for i in range(ROWS)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    source = JsonSource(JsonSourceOptions(path=str(tmp_path / "in.jsonl")))
    taken = sampled(source, 900)
    assert _ids(taken, "head") == list(range(300))
    assert _ids(taken, "tail") == list(range(ROWS - 300, ROWS))
    assert 20_000 < _ids(taken, "middle")[0] < 40_000


def test_json_rows_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    rows = [{"id": i} for i in range(20_000)] + [{"id": "x"}, {"new": 1}]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    source = JsonSource(JsonSourceOptions(path=str(tmp_path / "in.jsonl"), sample_size=10))
    taken = sampled(source, 90_000)
    assert sum(sample.unreadable for sample in taken) == 2
    assert any("'id'" in sample.reason for sample in taken)


@pytest.mark.parametrize("form", ["array", "object", "utf-16"])
def test_other_json_gives_its_head(tmp_path: Path, form: str) -> None:
    rows = [{"id": i} for i in range(1 if form == "object" else 40_000)]
    text = json.dumps(rows[0]) if form == "object" else json.dumps(rows)
    if form == "utf-16":
        text = "\n".join(map(json.dumps, rows))
    (tmp_path / "in.json").write_text(text, "utf-16" if form == "utf-16" else "utf-8")
    taken = sampled(JsonSource(JsonSourceOptions(path=str(tmp_path / "in.json"))), 300)
    assert {sample.part for sample in taken} == {"head"}
    assert _ids(taken, "head")[0] == 0


def test_a_large_json_file_costs_a_few_megabytes_of_reading(tmp_path: Path) -> None:
    path, size = tmp_path / "in.jsonl", 4 << 30
    block = "".join(f'{{"id": {i}}}\n' for i in range(100_000)).encode()
    with path.open("wb") as file:
        file.write(block)
        for place in (size // 2 - len(block) // 2, size - len(block)):
            file.seek(place - 1)
            file.write(b"\n" + block)
    taken, read = bytes_read(lambda: sampled(JsonSource(JsonSourceOptions(path=str(path))), 900))
    assert read < 16 << 20
    assert _ids(taken, "tail")[-1] == 99_999


def test_sqlite_gives_first_middle_and_last_rows(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "in.sqlite") as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", ((i, str(i)) for i in range(ROWS)))
        connection.execute("CREATE VIEW v AS SELECT * FROM t")
        connection.execute("CREATE TABLE bare (id INTEGER)")
    path = str(tmp_path / "in.sqlite")
    taken = sampled(SqliteSource(SqliteSourceOptions(path=path, table="t")), 900)
    assert _ids(taken, "head") == list(range(300))
    assert _ids(taken, "tail") == list(range(ROWS - 300, ROWS))
    assert 25_000 < _ids(taken, "middle")[0] < 35_000
    assert _ids(sampled(SqliteSource(SqliteSourceOptions(path=path, table="v")), 900), "head") == list(range(900))
    assert sampled(SqliteSource(SqliteSourceOptions(path=path, table="bare")), 900) == []


def test_duckdb_gives_first_middle_and_last_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "in.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT i::BIGINT AS id FROM range({ROWS}) r(i)")
        connection.execute("CREATE TABLE bare (id INTEGER)")
    taken = sampled(DuckdbSource(DuckdbSourceOptions(path=path, table="t")), 900)
    assert _ids(taken, "head") == list(range(300))
    assert _ids(taken, "tail") == list(range(ROWS - 300, ROWS))
    assert 25_000 < _ids(taken, "middle")[0] < 35_000
    query = DuckdbSource(DuckdbSourceOptions(path=path, query="SELECT id FROM t ORDER BY id"))
    assert _ids(sampled(query, 900), "head") == list(range(900))
    assert sampled(DuckdbSource(DuckdbSourceOptions(path=path, table="bare")), 900) == []


def test_a_table_in_memory_is_not_used_up_and_a_reader_not_touched() -> None:
    table = pa.table({"id": range(ROWS)})
    taken = sampled(ArrowSource(ArrowSourceOptions(data=table)), 900)
    assert (_ids(taken, "head")[0], _ids(taken, "tail")[-1]) == (0, ROWS - 1)
    reader = table.to_reader()
    assert sampled(ArrowSource(ArrowSourceOptions(data=reader)), 900) == []
    assert reader.read_all().num_rows == ROWS
