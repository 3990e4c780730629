"""`mode: manual`: a person changes the table, from a file that says all that has to be done, and says it once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from conduit.core.events import Event, SchemaDrifted
from conduit.engine.migration import write_migration
from conduit.engine.report import RunReport
from conduit.errors import SchemaError

from .evolving import DUCKDB, books, load, rows

MANUAL = "mode: append, contract: {mode: manual}"
OLD = pa.table({"n": pa.array([1], pa.int32())})
NEW = pa.table({"n": pa.array([2**40]), "email": ["a@b"]})


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "migrations").iterdir()) if (folder / "migrations").exists() else []


def _refused(report: RunReport) -> SchemaError:
    error = report.resources[0].error
    assert isinstance(error, SchemaError), error
    assert report.exit_code == 2
    assert report.accounting.read == 0
    return error


def test_the_load_stops_with_the_file_the_statements_and_the_command(tmp_path: Path) -> None:
    assert books(load(tmp_path, OLD, MANUAL)) == (1, 1, 0)
    error = str(_refused(load(tmp_path, NEW, MANUAL)))
    [file] = _files(tmp_path)
    assert file.name.endswith("Z_orders.sql")
    assert str(file) in error
    assert "conduit run --resource orders" in error
    for statement in ("ADD COLUMN", "TYPE BIGINT"):
        assert statement in error
        assert statement in file.read_text()
    assert rows(tmp_path) == [(1,)]


def test_the_file_can_be_applied_as_it_is_and_the_load_goes_on(tmp_path: Path) -> None:
    load(tmp_path, OLD, MANUAL)
    _refused(load(tmp_path, NEW, MANUAL))
    [file] = _files(tmp_path)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as shop:
        shop.execute(file.read_text())
    assert books(load(tmp_path, NEW, MANUAL)) == (1, 1, 0)
    assert rows(tmp_path) == [(1, None), (2**40, "a@b")]
    assert _files(tmp_path) == [file]


def test_the_same_changes_are_written_once_and_others_beside_them(tmp_path: Path) -> None:
    load(tmp_path, OLD, MANUAL)
    for _ in range(3):
        _refused(load(tmp_path, NEW, MANUAL))
    [first] = _files(tmp_path)
    # The name has the time in it: it is the text by which a file is known again.
    first = first.rename(first.with_name("20200101T000000Z_orders.sql"))
    _refused(load(tmp_path, NEW, MANUAL))
    assert _files(tmp_path) == [first]
    _refused(load(tmp_path, NEW.append_column("age", pa.array([3])), MANUAL))
    assert len(_files(tmp_path)) == 2


def test_the_drift_is_told_though_nothing_is_loaded(tmp_path: Path) -> None:
    load(tmp_path, OLD, MANUAL)
    events: list[Event] = []
    report = load(tmp_path, NEW, MANUAL, events=events)
    assert any(isinstance(event, SchemaDrifted) for event in events)
    assert report.resources[0].drifts[0].summary.startswith("1 added (email)")


def test_a_dry_run_shows_the_statements_and_writes_no_file(tmp_path: Path) -> None:
    load(tmp_path, OLD, MANUAL)
    assert "ADD COLUMN" in str(_refused(load(tmp_path, NEW, MANUAL, dry_run=True)))
    assert _files(tmp_path) == []


def test_a_folder_that_cannot_be_written_does_not_hide_the_statements(tmp_path: Path) -> None:
    load(tmp_path, OLD, MANUAL)
    (tmp_path / "migrations").write_text("a file")
    assert "ADD COLUMN" in str(_refused(load(tmp_path, NEW, MANUAL)))


@pytest.mark.parametrize("name", ["../../evil", "a/b", "größe", "x;y\n--"])
def test_no_name_of_a_resource_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    path = write_migration(tmp_path, name, "text", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert path.parent == tmp_path / "migrations"
    assert path.name.startswith("20260102T030405Z_")
    assert write_migration(tmp_path, name, "text", datetime(2027, 1, 1, tzinfo=UTC)) == path


def test_names_in_the_data_cannot_smuggle_statements_into_the_file(tmp_path: Path) -> None:
    load(tmp_path, OLD, MANUAL)
    hostile = 'x" INT; DROP TABLE orders; --\nDROP TABLE orders'
    _refused(load(tmp_path, {"n": [1], hostile: ["v"]}, MANUAL, destination=DUCKDB))
    [file] = _files(tmp_path)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as shop:
        shop.execute(file.read_text())
        assert shop.sql("SELECT * FROM orders").columns == ["n", hostile]
