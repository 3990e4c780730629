"""Two resources may add to one place; one that refreshes it would throw away what the other one loads."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conduit.errors import ConfigError

from .projects import run

TEXT = """
sources: [{{name: rows, type: dummysource, rows: 5}}]
destinations:
- {{name: one, {one}}}
- {{name: two, {two}}}
resources:
- {{name: a, source: rows, destination: one, mode: {a}}}
- {{name: b, source: rows, destination: two, mode: {b}{more}}}
"""
PARQUET = "type: parquet, path: out/"


def _text(one: str, two: str, a: str, b: str, more: str = "") -> str:
    return TEXT.format(one=one, two=two, a=a, b=b, more=more)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (PARQUET, "type: parquet, path: ./x/../out"),
        (PARQUET, "type: csv, path: out/"),
        ("type: json, path: out.json", "type: json, path: out.json"),
        ("type: duckdb, path: out.duckdb, table: t", "type: duckdb, path: out.duckdb, table: T"),
    ],
)
@pytest.mark.parametrize(
    "modes", [("full_refresh", "full_refresh"), ("full_refresh", "append"), ("append", "full_refresh")]
)
def test_a_refresh_of_what_another_resource_writes_is_refused_before_anything_runs(
    one: str, two: str, modes: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        run(tmp_path, _text(one, two, *modes))
    assert raised.value.exit_code == 2
    assert "'b' and 'a' write to the same place" in str(raised.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ingest.yml"]


def test_appending_to_what_the_resource_before_has_refreshed_is_allowed(tmp_path: Path) -> None:
    text = _text(PARQUET, PARQUET, "full_refresh", "append", ", depends_on: [a]")
    for _ in range(2):
        assert run(tmp_path, text).status == "ok"
        assert pq.read_table(tmp_path / "out").num_rows == 10


def test_two_resources_that_append_side_by_side_both_land(tmp_path: Path) -> None:
    assert run(tmp_path, _text(PARQUET, PARQUET, "append", "append"), jobs=2).status == "ok"
    assert pq.read_table(tmp_path / "out").num_rows == 10


@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_two_resources_that_append_to_a_file_that_is_not_there_yet_both_land(kind: str, tmp_path: Path) -> None:
    file = f"type: {kind}, path: out.{kind}"
    assert run(tmp_path, _text(file, file, "append", "append"), jobs=2).status == "ok"
    assert len(list(tmp_path.glob(f"out*.{kind}"))) == 2


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_two_tables_of_one_database_are_two_places(kind: str, tmp_path: Path) -> None:
    database = f"type: {kind}, path: out.db"
    report = run(tmp_path, _text(database, database, "full_refresh", "full_refresh"), jobs=2)
    assert [(resource.name, resource.error) for resource in report.resources] == [("a", None), ("b", None)]
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "out.db") as state:
            assert [state.execute(f"SELECT count(*) FROM {name}").fetchone() for name in "ab"] == [(5,), (5,)]


def test_one_of_two_that_exclude_each_other_can_be_run_alone(tmp_path: Path) -> None:
    assert run(tmp_path, _text(PARQUET, PARQUET, "full_refresh", "full_refresh"), select=["b"]).status == "ok"
