"""Files have no ALTER TABLE: an append of another structure stands beside the old files, and all read as one table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import conduit

from .evolving import books, load

PARQUET = "type: parquet, path: lake/"
JSON = "type: json, path: lake/"
OLD = pa.table({"id": [1], "n": pa.array([1], pa.int32())})
NEW = pa.table({"id": [2], "n": [2**40], "email": ["a@b"]})


def _read(folder: Path, kind: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = conduit.read(folder / "lake", type=kind).to_arrow().to_pylist()
    return sorted(rows, key=lambda row: str(row["id"]))


def test_a_folder_of_parquet_gets_a_column_and_a_wider_one(tmp_path: Path) -> None:
    load(tmp_path, OLD, destination=PARQUET)
    assert books(load(tmp_path, NEW, destination=PARQUET)) == (1, 1, 0)
    assert _read(tmp_path, "parquet") == [{"id": 1, "n": 1, "email": None}, {"id": 2, "n": 2**40, "email": "a@b"}]
    assert books(load(tmp_path, OLD, destination=PARQUET)) == (1, 1, 0)


def test_a_folder_of_json_gets_a_column(tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]}, destination=JSON)
    assert books(load(tmp_path, {"id": [2], "email": ["a@b"]}, destination=JSON)) == (1, 1, 0)
    assert _read(tmp_path, "json") == [{"id": 1, "email": None}, {"id": 2, "email": "a@b"}]


@pytest.mark.parametrize("destination", [PARQUET, JSON])
def test_freeze_keeps_files_as_they_are(destination: str, tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]}, "mode: append, contract: freeze", destination=destination)
    before = sorted(path.name for path in (tmp_path / "lake").rglob("*"))
    report = load(tmp_path, {"id": [2], "email": ["a@b"]}, "mode: append, contract: freeze", destination=destination)
    assert report.exit_code == 2
    assert sorted(path.name for path in (tmp_path / "lake").rglob("*")) == before


def test_what_a_person_has_to_do_without_statements_is_said_in_words(tmp_path: Path) -> None:
    manual = "mode: append, contract: {mode: manual}"
    load(tmp_path, OLD, manual, destination=PARQUET)
    report = load(tmp_path, NEW, manual, destination=PARQUET)
    assert report.exit_code == 2
    assert "mode: auto" in str(report.resources[0].error)
    [file] = (tmp_path / "migrations").iterdir()
    text = file.read_text()
    assert "-- Add the column 'email' of type string." in text
    assert "-- Widen the column 'n' from int32 to int64." in text
    assert all(line.startswith("--") for line in text.splitlines() if line)
