"""Runs into a PostgreSQL server, from a configuration: what is there keeps its types and defaults."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..servers.postgresql import Database, database, server

__all__ = ["database", "server"]


def run(folder: Path, database: Database, resource: str, *, expect: int = 0) -> str:
    (folder / "ingest.yml").write_text(f"""
sources:
  - {{name: files, type: parquet, path: in.parquet}}
destinations:
  - {{name: shop, type: postgres, connection_string: "{database.uri}"}}
resources:
  - {{name: orders, source: files, destination: shop, {resource}}}
""")
    done = subprocess.run(
        [sys.executable, "-m", "conduit", "run", "--no-progress"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_mode_loads_twice_what_is_nested_and_timed(database: Database, tmp_path: Path) -> None:
    table = pa.table({
        "id": pa.array([1, 2], pa.int32()),
        "span": pa.array([dt.timedelta(seconds=1), None], pa.duration("us")),
        "tree": [{"a": 1}, None],
        "tags": [["x"], []],
        "at": pa.array([dt.datetime(2024, 1, 1), None], pa.timestamp("ns")),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    for mode in ("append", "full_refresh", "upsert", "insert_only", "delete_insert", "scd2"):
        for _ in range(2):
            run(tmp_path, database, f"table: {mode}, mode: {mode}, unique_key: [id]")
        [(count,)] = database.rows(f'SELECT count(*) FROM "{mode}"')
        assert count == (4 if mode == "append" else 2), mode
        assert (dt.timedelta(seconds=1), {"a": 1}, ["x"]) in database.rows(f'SELECT span, tree, tags FROM "{mode}"')


def test_what_the_table_has_and_the_data_lacks_gets_its_default(database: Database, tmp_path: Path) -> None:
    database.execute(
        "CREATE TABLE orders (no bigint GENERATED ALWAYS AS IDENTITY, id numeric, u uuid, "
        "at timestamptz DEFAULT now(), why text)"
    )
    key = "12345678-1234-5678-1234-567812345678"
    pq.write_table(pa.table({"u": [key], "id": pa.array([7], pa.int64())}), tmp_path / "in.parquet")
    run(tmp_path, database, "mode: append")
    [found] = database.rows("SELECT no, id::int, u::text, at IS NOT NULL, why FROM orders")
    assert found == (1, 7, key, True, None)


def test_a_row_that_is_refused_leaves_everything_as_it_was(database: Database, tmp_path: Path) -> None:
    database.execute("CREATE TABLE orders (id bigint CONSTRAINT few CHECK (id < 3))")
    pq.write_table(pa.table({"id": pa.array([1, 5], pa.int64())}), tmp_path / "in.parquet")
    said = run(tmp_path, database, "mode: append", expect=1)
    assert "few" in said
    assert "(5)" in said
    assert database.rows("SELECT id FROM orders") == []
    assert database.rows("SELECT count(*) FROM pg_class WHERE relname LIKE '%conduit_stage%'") == [(0,)]
