"""A structure that changes at the source changes at the destination as the user declared, and in no other way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.engine.report import RunReport
from conduit.errors import SchemaError

from .evolving import EVOLVE, SQLITE, books, load, loaded, rows


def _refused(report: RunReport) -> SchemaError:
    error = report.resources[0].error
    assert isinstance(error, SchemaError), error
    assert report.exit_code == 2
    return error


def test_a_new_column_is_added_and_the_rows_that_were_there_have_null(tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]})
    report = load(tmp_path, {"id": [2], "email": ["a@b"]})
    assert books(report) == (1, 1, 0)
    assert rows(tmp_path) == [(1, None), (2, "a@b")]


def test_a_new_column_is_added_to_sqlite(tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]}, destination=SQLITE)
    assert books(load(tmp_path, {"id": [2], "email": ["a@b"]}, destination=SQLITE)) == (1, 1, 0)
    with sqlite3.connect(tmp_path / "shop.sqlite") as shop:
        assert shop.execute("SELECT id, email FROM orders ORDER BY id").fetchall() == [(1, None), (2, "a@b")]


def test_a_type_is_widened_and_no_value_is_lost(tmp_path: Path) -> None:
    load(tmp_path, pa.table({"n": pa.array([1, -(2**31)], pa.int32())}))
    assert books(load(tmp_path, pa.table({"n": pa.array([2**62 + 1], pa.int64())}))) == (1, 1, 0)
    assert loaded(tmp_path).schema.field("n").type == pa.int64()
    assert rows(tmp_path) == [(-(2**31),), (1,), (2**62 + 1,)]


def test_a_column_that_is_gone_leaves_null_and_is_told(tmp_path: Path) -> None:
    load(tmp_path, {"id": [1], "email": ["a@b"]})
    report = load(tmp_path, {"id": [2]})
    assert books(report) == (1, 1, 0)
    assert rows(tmp_path) == [(1, "a@b"), (2, None)]
    assert any("'email'" in notice for notice in report.resources[0].notices)


def test_without_a_contract_nothing_changes(tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]}, "mode: append")
    error = _refused(load(tmp_path, {"id": [2], "email": ["a@b"]}, "mode: append"))
    assert "'email'" in str(error)
    assert rows(tmp_path) == [(1,)]


def test_freeze_fails_with_all_that_differs_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    frozen = "mode: append, contract: freeze"
    first = load(tmp_path, pa.table({"id": pa.array([1], pa.int32())}), frozen)
    assert books(first) == (1, 1, 0)  # a first load creates the table, whatever the contract says
    before = loaded(tmp_path)
    report = load(tmp_path, {"id": [2**40], "email": ["a@b"]}, frozen)
    error = _refused(report)
    assert "'email'" in str(error)
    assert "'id'" in str(error)
    assert report.accounting.read == 0
    assert loaded(tmp_path).equals(before)


def test_reject_row_keeps_aside_rows_that_have_a_value_in_a_new_column(tmp_path: Path) -> None:
    keys = "mode: append, contract: {columns: reject_row}"
    load(tmp_path, {"id": [1]}, keys)
    report = load(tmp_path, {"id": [2, 3, 4], "email": ["a@b", None, "c@d"]}, keys)
    assert books(report) == (3, 1, 2)
    assert rows(tmp_path) == [(1,), (3,)]
    [file] = (tmp_path / ".conduit" / "dlq").rglob("*.parquet")
    rejects = pq.ParquetFile(file).read().to_pylist()
    assert [(r["stage"], r["code"], r["column"], r["value"]) for r in rejects] == [
        ("conform", "contract", "email", "a@b"),
        ("conform", "contract", "email", "c@d"),
    ]
    assert [r["row"] for r in rejects] == [{"id": 2, "email": "a@b"}, {"id": 4, "email": "c@d"}]


def test_rejects_of_a_contract_load_once_it_lets_the_column_in(tmp_path: Path) -> None:
    from conduit.config.load import load_project
    from conduit.engine.replay import Replay, Selection
    from conduit.engine.runner import run_project

    load(tmp_path, {"id": [1]}, "mode: append, contract: {columns: reject_row}")
    load(tmp_path, {"id": [2, 3], "email": ["a@b", None]}, "mode: append, contract: {columns: reject_row}")
    text = (tmp_path / "ingest.yml").read_text().replace("contract: {columns: reject_row}", "contract: evolve")
    (tmp_path / "ingest.yml").write_text(text)
    project = load_project(tmp_path / "ingest.yml", environment={})
    report = run_project(project, replay=Replay(project.resources[0], Selection(), project.state_dir))
    assert books(report) == (1, 1, 0)
    assert rows(tmp_path) == [(1, None), (2, "a@b"), (3, None)]


@pytest.mark.parametrize(
    "keys",
    [
        "mode: append, contract: {columns: reject_value}",
        "mode: append, schema_evolution: {enabled: true, on_new_column: ignore}",
        "mode: append, schema_evolution: {enabled: true, mode: warn}",
    ],
)
def test_values_that_are_left_out_are_counted(keys: str, tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]}, keys)
    report = load(tmp_path, {"id": [2, 3, 4], "email": ["a@b", None, "c@d"]}, keys)
    assert books(report) == (3, 3, 0)
    assert rows(tmp_path) == [(1,), (2,), (3,), (4,)]
    [resource] = report.as_dict()["resources"]
    assert resource["left_out"] == [{"column": "email", "count": 2}]
    assert any("'email'" in notice for notice in resource["notices"])


def test_values_that_do_not_fit_become_null_where_the_contract_says_so_and_are_counted(tmp_path: Path) -> None:
    keys = "mode: append, contract: {types: reject_value}"
    load(tmp_path, pa.table({"id": [1], "n": pa.array([1], pa.int32())}), keys)
    report = load(tmp_path, {"id": [2, 3], "n": [2**40, 7]}, keys)
    assert books(report) == (2, 2, 0)
    assert rows(tmp_path) == [(1, 1), (2, None), (3, 7)]
    assert [(column.column, column.count) for column in report.resources[0].nulled] == [("n", 1)]


def test_a_key_never_becomes_null(tmp_path: Path) -> None:
    keys = "mode: upsert, unique_key: id, contract: {types: reject_value}"
    load(tmp_path, pa.table({"id": pa.array([1], pa.int32())}), keys)
    assert books(load(tmp_path, {"id": [2**40, 2]}, keys)) == (2, 1, 1)
    assert rows(tmp_path) == [(1,), (2,)]


def test_rows_whose_values_do_not_fit_are_kept_aside(tmp_path: Path) -> None:
    keys = "mode: append, contract: {types: reject_row}"
    load(tmp_path, pa.table({"n": pa.array([1], pa.int32())}), keys)
    assert books(load(tmp_path, {"n": [2**40, 7]}, keys)) == (2, 1, 1)
    assert rows(tmp_path) == [(1,), (7,)]


@pytest.mark.parametrize("rule", ["reject_row", "reject_value"])
def test_a_table_that_is_gone_is_not_made_again(rule: str, tmp_path: Path) -> None:
    keys = f"mode: append, contract: {{tables: {rule}}}"
    load(tmp_path, {"id": [1]}, keys)
    (tmp_path / "shop.duckdb").unlink()
    for _ in range(2):
        report = load(tmp_path, {"id": [2, 3]}, keys)
        assert books(report) == (2, 0, 2)
        assert not (tmp_path / "shop.duckdb").exists()
    assert {reject.code for reject in report.resources[0].rejects} == {"contract"}


def test_a_check_sees_a_column_that_is_left_out(tmp_path: Path) -> None:
    keys = "mode: append, contract: {columns: reject_value}"
    load(tmp_path, {"id": [1]}, keys)
    checked = f"{keys}, quality_checks: [{{column: email, check: not_null, action: dlq}}]"
    assert books(load(tmp_path, {"id": [2, 3], "email": ["a@b", None]}, checked)) == (2, 1, 1)


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]})
    before = loaded(tmp_path)
    assert books(load(tmp_path, {"id": [2], "email": ["a@b"]}, dry_run=True)) == (1, 1, 0)
    assert loaded(tmp_path).equals(before)


def test_a_load_without_changes_has_no_gate(tmp_path: Path) -> None:
    """A batch of a resource without a contract must not pay for those that have one."""
    from conduit.schema.gate import gate_of
    from conduit.schema.reconcile import Reconciled

    schema = pa.schema([("id", pa.int64())])
    assert gate_of(schema, Reconciled(schema, schema)) is None
    assert books(load(tmp_path, {"id": [1]}, EVOLVE)) == (1, 1, 0)
