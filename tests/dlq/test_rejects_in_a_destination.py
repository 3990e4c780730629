"""Rejects that go to a destination are there exactly when the rows beside them are, whatever kind it is."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conduit.config.load import load_project
from conduit.config.render import project_to_yaml
from conduit.dlq.flat import FLAT_SCHEMA
from conduit.errors import ConfigError, StateError

from .project import Rejecting, books

PLACES = {
    "duckdb": "type: duckdb, path: rejects.duckdb",
    "sqlite": "type: sqlite, path: rejects.sqlite",
    "parquet": "type: parquet, path: rejects/",
    "csv": "type: csv, path: rejects/",
    "json": "type: json, path: rejects/",
}


def _kept(folder: Path, kind: str) -> list[tuple[Any, ...]]:
    """Resource, line, stage, raw and row of the rejects that are there."""
    query = 'SELECT resource, line, stage, raw, CAST("row" AS VARCHAR) FROM {} ORDER BY run_id, line'
    if kind == "sqlite":
        connection = sqlite3.connect(folder / "rejects.sqlite")
        try:
            return connection.execute(query.format("orders_rejects").replace("VARCHAR", "TEXT")).fetchall()
        finally:
            connection.close()
    if kind == "duckdb":
        with duckdb.connect(str(folder / "rejects.duckdb"), read_only=True) as database:
            return database.sql(query.format("orders_rejects")).fetchall()
    ending = {"parquet": "parquet", "csv": "csv", "json": "jsonl"}[kind]
    return duckdb.sql(query.format(f"'{folder}/rejects/*.{ending}'")).fetchall()


@pytest.mark.parametrize("kind", PLACES)
def test_every_kind_of_destination_takes_them(kind: str, tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {PLACES[kind]}}}")
    report = scene.load()
    assert books(report) == (5, 1, 4)
    assert "'aside' (table orders_rejects)" in (report.dlq or "")
    expected = [
        ("orders", 3, "check", None, {"id": 2, "name": "b", "n": 200}),
        ("orders", 4, "check", None, {"id": 3, "name": "c", "n": 300}),
        ("orders", 5, "read", "x,d,4", None),
        ("orders", 6, "check", None, {"id": 5, "name": "e", "n": 500}),
    ]
    found = [(*row[:4], None if row[4] is None else json.loads(row[4])) for row in _kept(tmp_path, kind)]
    assert found == expected
    scene.load()
    assert len(_kept(tmp_path, kind)) == 8
    assert [path for path in (scene.state_dir / "dlq").rglob("*") if path.is_file()] == []


def test_the_database_of_the_data_may_take_its_rejects_too(tmp_path: Path) -> None:
    for kind, ending in (("duckdb", "duckdb"), ("sqlite", "sqlite")):
        (tmp_path / kind).mkdir()
        place = f"type: {kind}, path: rejects.{ending}"
        scene = Rejecting(tmp_path / kind, destination=place)
        scene.configure(dlq="{destination: lake}")
        assert books(scene.load()) == (5, 1, 4)
        assert books(scene.load()) == (5, 1, 4)
        assert len(_kept(tmp_path / kind, kind)) == 8


def test_a_load_without_rejects_makes_no_table(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, rows="id,name,n\n1,a,1\n")
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    assert books(scene.load()) == (1, 1, 0)
    assert not (tmp_path / "rejects.duckdb").exists()


def test_another_table_can_be_named_and_a_resource_can_differ(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, extra=", dlq: {table: bad orders}")
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    scene.load()
    with duckdb.connect(str(tmp_path / "rejects.duckdb"), read_only=True) as database:
        assert database.sql('SELECT count(*) FROM "bad orders"').fetchall() == [(4,)]


def test_rejects_that_cannot_be_written_there_fail_the_load_before_anything_is_visible(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    with duckdb.connect(str(tmp_path / "rejects.duckdb")) as database:
        database.sql("CREATE TABLE orders_rejects (something_else INTEGER)")
    report = scene.load()
    assert report.status == "failed"
    assert scene.loaded() == Counter()


def test_the_table_that_is_there_has_the_columns_of_the_files(tmp_path: Path) -> None:
    """Who moves from files to a table finds everything again under the same name."""
    assert FLAT_SCHEMA.names == [
        "resource", "run_id", "token", "file", "line", "byte_offset", "partition", "position", "stage", "code",
        "check", "column", "value", "message", "at", "raw", "row",
    ]  # fmt: skip


def test_a_name_that_is_no_destination_is_a_problem_with_its_place_and_the_nearest(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.configure(dlq="{destination: asid}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path / "ingest.yml")
    (problem,) = caught.value.problems
    assert 'there is no destination "asid", which key "dlq" of the configuration names' in problem
    assert 'Did you mean "aside"?' in problem
    assert "ingest.yml:4:" in problem


@pytest.mark.parametrize("place", ["type: dummydestination", "type: dummydestination, fail_on: commit"])
def test_a_destination_that_forgets_cannot_keep_rejects(place: str, tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {place}}}")
    with pytest.raises(ConfigError, match="cannot keep rejects"):
        load_project(tmp_path / "ingest.yml")


def test_a_project_with_such_a_destination_is_written_and_read_as_the_same(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.configure(dlq="{destination: aside, table: bad}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    (tmp_path / "again.yml").write_text(project_to_yaml(load_project(tmp_path / "ingest.yml")))
    first, again = (load_project(tmp_path / name).resource("orders").dlq for name in ("ingest.yml", "again.yml"))
    assert again.destination is not None
    assert first.destination is not None
    assert (again.destination.name, again.table) == ("aside", "bad")
    assert again.destination.options == first.destination.options


def test_what_was_on_its_way_to_a_destination_that_is_named_no_more_is_not_forgotten(tmp_path: Path) -> None:
    """Whether it has landed cannot be known then: nothing may be lost, and nothing doubled."""
    scene = Rejecting(tmp_path)
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    scene.load()
    connection = sqlite3.connect(scene.state_dir / "state.db")
    connection.execute("UPDATE epochs SET state = 'intended'")
    connection.commit()
    connection.close()
    scene.configure()
    error = scene.load().error
    assert isinstance(error, StateError)
    assert "destination: aside" in error.remedy
    scene.configure(dlq="{destination: aside}", more=f", {{name: aside, {PLACES['duckdb']}}}")
    assert scene.load().status == "recovered"
    assert len(_kept(tmp_path, "duckdb")) == 4
