"""A column that a destination cannot keep is one problem among the others, and does not hide them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.engine.runner import run_project

from .looks import one, project


def test_all_columns_without_a_place_are_named_with_whatever_else_is_wrong(tmp_path: Path) -> None:
    wide = pa.table({"a": pa.array([1], pa.decimal256(60, 2)), "id": [1], "b": pa.array([2], pa.decimal256(50, 0))})
    pq.write_table(wide, tmp_path / "rows.parquet")
    text = one("type: duckdb, path: out.duckdb, required_columns: [email]", source="type: parquet, path: rows.parquet")
    (resource,) = run_project(project(tmp_path, text)).resources
    problems = " ".join(getattr(resource.error, "problems", ()))
    for name in ("'a'", "'b'", "'email'"):
        assert name in problems, str(resource.error)
    assert not (tmp_path / "out.duckdb").exists()


@pytest.mark.parametrize("to", ["type: sqlite, path: out.db", "type: parquet, path: out/"])
def test_a_type_that_has_a_place_is_none(tmp_path: Path, to: str) -> None:
    pq.write_table(pa.table({"a": pa.array([1], pa.decimal256(60, 2))}), tmp_path / "rows.parquet")
    (resource,) = run_project(project(tmp_path, one(to, source="type: parquet, path: rows.parquet"))).resources
    assert resource.error is None
