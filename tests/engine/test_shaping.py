"""Filter, limit, columns, names and types are applied by whoever can, and every row is accounted for."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .projects import run

ROWS = "id,name,price\n" + "".join(f"{i},n{i},{'x' if i in (7, 8) else i}\n" for i in range(1, 21))
COLUMNS = "columns: {id: int64, name: string, price: string}"


def _load(folder: Path, keys: str, *, source: str = f"type: csv, path: in.csv, {COLUMNS}") -> tuple[object, pa.Table]:
    (folder / "in.csv").write_text(ROWS)
    text = f"""
sources: [{{name: rows, {source}}}]
destinations: [{{name: lake, type: parquet, path: out/}}]
resources: [{{name: orders, source: rows, destination: lake, mode: full_refresh, {keys}}}]
"""
    report = run(folder, text)
    assert report.resources[0].error is None, report.resources[0].error
    books = report.accounting
    assert books.residue == 0
    return (books.written, books.rejected, books.filtered), pq.read_table(folder / "out")


@pytest.mark.parametrize("source", [f"type: csv, path: in.csv, {COLUMNS}", "type: dummysource, rows: 20"])
def test_a_filter_that_the_source_does_not_know_is_applied_all_the_same(source: str, tmp_path: Path) -> None:
    books, table = _load(tmp_path, "filter: 'id % 5 = 0 AND name IS NOT NULL'", source=source)
    assert table["id"].to_pylist() == [5, 10, 15, 20]
    assert books == (4, 0, 16)


def test_a_filter_may_use_a_column_that_is_not_selected(tmp_path: Path) -> None:
    _, table = _load(tmp_path, "columns: [name], filter: 'id > 18'")
    assert table.to_pydict() == {"name": ["n19", "n20"]}


def test_a_limit_counts_what_passed_the_filter(tmp_path: Path) -> None:
    books, table = _load(tmp_path, "filter: 'id > 10', limit: 3")
    assert table["id"].to_pylist() == [11, 12, 13]
    assert books == (3, 0, 17)


def test_a_limit_is_of_all_slices_together(plugged: Path) -> None:
    books, table = _load(plugged, "limit: 25", source="type: pieces, pieces: 8")
    assert table.num_rows == 25
    assert isinstance(books, tuple)
    assert books[0] == 25


def test_columns_come_in_the_order_in_which_they_are_selected_under_their_new_names(tmp_path: Path) -> None:
    _, table = _load(tmp_path, "columns: [price, id], rename: {price: cost}, limit: 1")
    assert table.to_pydict() == {"cost": ["1"], "id": [1]}


def test_a_value_that_cannot_be_cast_is_a_reject_and_the_other_rows_load(tmp_path: Path) -> None:
    books, table = _load(tmp_path, "rename: {price: cost}, cast: {cost: 'decimal(10,2)'}")
    assert books == (18, 2, 0)
    assert table.schema.field("cost").type == pa.decimal128(10, 2)
    assert sorted(set(range(1, 21)) - set(table["id"].to_pylist())) == [7, 8]
    [file] = (tmp_path / ".conduit" / "dlq").rglob("*.parquet")
    rejects = pq.ParquetFile(file).read()
    assert rejects["code"].to_pylist() == ["type_mismatch"] * 2
    assert rejects["column"].to_pylist() == ["cost"] * 2


def test_without_a_dead_letter_queue_the_first_reject_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(ROWS)
    text = f"""
sources: [{{name: rows, type: csv, path: in.csv, {COLUMNS}}}]
destinations: [{{name: lake, type: parquet, path: out/}}]
resources: [{{name: orders, source: rows, destination: lake, cast: {{price: int64}}, on_reject: fail}}]
"""
    report = run(tmp_path, text)
    assert report.status == "failed"
    assert "does not fit int64" in str(report.resources[0].error)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / ".conduit" / "dlq").exists()


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ("columns: [idd]", "idd"),
        ("rename: {idd: x}", "idd"),
        ("cast: {idd: int64}", "idd"),
        ("filter: 'idd > 1'", "idd"),
        ("filter: 'id +'", "id +"),
        ("filter: 'id + 1'", "not true or false"),
        ("columns: [id], filter: 'id +'", "id +"),
        ("rename: {id: name}", "'name'"),
    ],
)
def test_what_cannot_be_meant_is_named_and_nothing_is_loaded(keys: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(ROWS)
    text = f"""
sources: [{{name: rows, type: csv, path: in.csv, {COLUMNS}}}]
destinations: [{{name: lake, type: parquet, path: out/}}]
resources: [{{name: orders, source: rows, destination: lake, {keys}}}]
"""
    report = run(tmp_path, text)
    assert report.status == "failed"
    assert complaint in str(report.resources[0].error)
    assert not (tmp_path / "out").exists()
