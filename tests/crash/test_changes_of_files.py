"""A folder of Parquet files is given a column with the rows that bring it, or neither, whenever the run dies."""

from __future__ import annotations

import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import conduit

from .runs import conduit_run

OLD = pa.table({"id": [1], "n": pa.array([1], pa.int32())})
NEW = pa.table({"id": [2], "n": [2**40], "email": ["a@b"]})


@pytest.mark.parametrize(
    ("point", "landed"),
    [("stage.finished", False), ("commit.before", False), ("commit.recorded", True), ("commit.after", True)],
)
def test_a_killed_load_that_changes_the_columns_is_finished_or_forgotten(
    point: str, landed: bool, tmp_path: Path
) -> None:
    (tmp_path / "ingest.yml").write_text("""
sources: [{name: files, type: parquet, path: in.parquet}]
destinations: [{name: lake, type: parquet, path: out/}]
resources: [{name: orders, source: files, destination: lake, mode: append, contract: evolve}]
""")
    pq.write_table(OLD, tmp_path / "in.parquet")
    assert conduit_run(tmp_path).status == "ok"
    pq.write_table(NEW, tmp_path / "in.parquet")
    assert conduit_run(tmp_path, fault=point).code == -signal.SIGKILL
    seen = conduit.read(f"{tmp_path}/out/").to_arrow()
    assert seen.num_rows == (2 if "email" in seen.column_names else 1)
    again = conduit_run(tmp_path)
    assert again.status == ("recovered" if landed else "ok"), again.error
    found = conduit.read(f"{tmp_path}/out/").to_arrow()
    assert sorted(found.to_pylist(), key=lambda row: row["id"]) == [
        {"id": 1, "n": 1, "email": None},
        {"id": 2, "n": 2**40, "email": "a@b"},
    ]
