"""Somebody corrects an export: each of its rows takes the place of its own reject, and of no other, once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from conduit.dlq.catalog import find_runs
from conduit.dlq.overview import overviews_of
from conduit.engine.reject_export import export_rejects
from conduit.errors import ConduitError, DataError, UnknownName
from conduit.state.replays import replayed_in

from .project import Rejecting, books, edit_lines


def _exported(scene: Rejecting, name: str = "edited.ndjson", form: str = "ndjson") -> Path:
    runs = find_runs([scene.state_dir / "dlq"])
    target = scene.folder / name
    export_rejects(runs, target, form, replayed=replayed_in(scene.state_dir))
    return target


def _left(scene: Rejecting) -> list[int]:
    found = overviews_of(find_runs([scene.state_dir / "dlq"]), None, replayed_in(scene.state_dir))
    return [one.left for one in reversed(found)]


def _error(scene: Rejecting, edited: Path) -> ConduitError:
    error = scene.replay(edited=edited).error
    assert isinstance(error, ConduitError)
    assert scene.loaded() == Counter([1])
    return error


def test_corrected_rows_pass_and_rows_taken_out_of_the_file_are_left(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    edited = _exported(scene)

    def edit(row: dict[str, Any]) -> dict[str, Any] | None:
        if row["_dlq_raw"] is not None:
            return {**row, "id": 4, "name": "d", "n": 4}
        return {2: {**row, "n": 20}, 3: {**row, "n": "many"}, 5: None}[row["id"]]

    edit_lines(edited, edit)
    report = scene.replay(edited=edited)
    assert books(report) == (3, 2, 1)
    assert scene.loaded() == Counter([1, 2, 4])
    assert _left(scene) == [1, 1]
    (reject,) = pq.ParquetFile(find_runs([scene.state_dir / "dlq"])[0].files[0]).read().to_pylist()
    assert (reject["stage"], reject["column"], reject["value"]) == ("conform", "n", "many")
    assert (reject["file"], reject["line"]) == (str(edited), 2)
    again = scene.replay(edited=edited)
    assert books(again) == (0, 0, 0)
    assert any("replayed before" in notice and ": 3" in notice for notice in again.notices)


@pytest.mark.parametrize(("form", "name"), [("csv", "e.csv"), ("json", "e.json"), ("parquet", "e.parquet")])
def test_every_format_comes_back(form: str, name: str, tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    edited = _exported(scene, name, form)
    scene.configure(bound=1000)
    assert books(scene.replay(edited=edited)) == (3, 3, 0)
    assert scene.loaded() == Counter([1, 2, 3, 5])
    assert _left(scene) == [1]


_TYPES = """SELECT 200 AS n, 1.50::DECIMAL(10,2) AS dec, DATE '2024-02-29' AS day, TIME '01:02:03.5' AS tod,
    TIMESTAMP '2024-01-01 10:00:00.123456' AS ts, TIMESTAMPTZ '2024-01-01 10:00:00+02' AS tz, '\\xFF\\x00'::BLOB AS bin,
    [1, NULL, 3] AS list, {'a': 1, 'b': 'x"y'} AS rec, true AS yes, 0.1::DOUBLE AS f, 'a,"b' || chr(10) || 'c' AS txt,
    '' AS blank, NULL::VARCHAR AS nothing, [{'d': DATE '2024-01-02', 'e': 1.25::DECIMAL(5,2)}] AS deep"""


@pytest.mark.parametrize(("form", "name"), [("csv", "e.csv"), ("ndjson", "e.ndjson"), ("json", "e.json"),
                                            ("parquet", "e.parquet")])  # fmt: skip
def test_values_of_every_type_are_the_same_after_the_way_through_a_file(form: str, name: str, tmp_path: Path) -> None:
    """What nobody touched in the file must arrive as it was rejected."""
    duckdb.sql(_TYPES).write_parquet(str(tmp_path / "in.parquet"))
    scene = Rejecting(tmp_path)

    def configure(bound: int) -> None:
        scene.configure(bound=bound)
        config = tmp_path / "ingest.yml"
        lines = config.read_text().splitlines()
        lines[1] = "sources: [{name: files, type: parquet, path: in.parquet}]"
        config.write_text("\n".join(lines))

    configure(100)
    assert books(scene.load()) == (1, 0, 1)
    edited = _exported(scene, name, form)
    configure(1000)
    assert books(scene.replay(edited=edited)) == (1, 1, 0)
    files = [file for file in (tmp_path / "out").glob("*.parquet") if pq.ParquetFile(file).metadata.num_rows]
    (loaded,) = (pq.ParquetFile(file).read() for file in files)
    original = pq.ParquetFile(tmp_path / "in.parquet").read()
    assert loaded.to_pylist() == original.to_pylist()
    assert [str(kind) for kind in loaded.schema.types] == [str(kind) for kind in original.schema.types]


def test_rows_that_never_were_rows_wait_until_somebody_fills_them_in(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    edited = _exported(scene)
    edit_lines(edited, lambda row: row if row["_dlq_raw"] else None)
    report = scene.replay(edited=edited)
    assert books(report) == (0, 0, 0)
    assert any("empty" in notice for notice in report.notices)
    assert _left(scene) == [4]


_BAD: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], type[ConduitError], str]] = {
    "no id": (lambda row: {**row, "_dlq_id": None}, DataError, "Row 1 .* has no id"),
    "a foreign id": (lambda row: {**row, "_dlq_id": "t-0001:0"}, DataError, "which is no reject's"),
    "a row too far": (lambda row: {**row, "_dlq_id": row["_dlq_id"][:-1] + "99"}, DataError, "which is no reject's"),
    "the same id twice": (lambda row: {**row, "_dlq_id": row["_dlq_id"][:-1] + "0"}, DataError, "Row 2 .* before it"),
    "no id column": (lambda row: {k: v for k, v in row.items() if k != "_dlq_id"}, DataError, "no column '_dlq_id'"),
    "a missing column": (lambda row: {k: v for k, v in row.items() if k != "name"}, DataError, "lacks the column 'n"),
    "a foreign column": (lambda row: {**row, "nmae": 1}, UnknownName, "nmae.*\n.*'name'"),
}


@pytest.mark.parametrize("what", _BAD)
def test_a_file_that_does_not_say_what_its_rows_are_is_refused(what: str, tmp_path: Path) -> None:
    edit, kind, message = _BAD[what]
    scene = Rejecting(tmp_path)
    scene.load()
    edited = _exported(scene)
    edit_lines(edited, edit)
    error = _error(scene, edited)
    assert isinstance(error, kind)
    assert re.search(message, str(error)), str(error)
    assert _left(scene) == [4]


def test_a_file_with_a_broken_line_is_refused_with_that_line(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    edited = _exported(scene)
    edited.write_text(edited.read_text() + "{broken\n")
    assert f"{edited}:5" in str(_error(scene, edited))


def test_another_resources_rejects_cannot_be_sent(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    edited = _exported(scene)
    (scene.state_dir / "dlq" / "orders").rename(scene.state_dir / "dlq" / "others")
    assert "has no rejects" in str(_error(scene, edited))


def test_what_was_replayed_before_is_not_exported_again(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    scene.configure(bound=250)
    scene.replay()
    rows = [json.loads(line) for line in _exported(scene).read_text().splitlines()]
    assert sorted((row["id"] or 0, row["_dlq_line"]) for row in rows) == [(0, 5), (3, 4), (5, 6)]
