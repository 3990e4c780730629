"""Columns of an SQLite table are added in the transaction that brings the rows; nothing else of the table changes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from conduit.sdk import AddColumn, CommitRejected, DestinationError, RelaxColumn, WidenColumn, WriteMode

from .sqlite_files import OLD, back, destination, made, query
from .table_loads import changing, load

ADD = AddColumn(pa.field("added", pa.decimal128(12, 2)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.sqlite"


def test_indexes_triggers_views_and_defaults_stay(path: Path) -> None:
    made(
        path,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'none' CHECK (name <> ''))",
        "CREATE INDEX by_name ON orders (name)",
        "CREATE TABLE log (id INTEGER)",
        "CREATE TRIGGER logged AFTER INSERT ON orders BEGIN INSERT INTO log VALUES (new.id); END",
        "CREATE VIEW names AS SELECT name FROM orders",
    )
    load(destination(path), OLD, "a")
    before = query(path, "SELECT type, name FROM sqlite_master WHERE name NOT LIKE '%conduit%' ORDER BY 2")
    load(destination(path), pa.table({"id": [3], "added": ["1.25"]}), "b",
         changes=(AddColumn(pa.field("added", pa.string())),))  # fmt: skip
    assert query(path, "SELECT type, name FROM sqlite_master WHERE name NOT LIKE '%conduit%' ORDER BY 2") == before
    assert query(path, "SELECT * FROM orders ORDER BY id")[-1] == (3, "none", "1.25")
    assert query(path, "SELECT count(*) FROM log") == [(3,)]
    assert query(path, "SELECT count(*) FROM names") == [(3,)]


@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.UPSERT])
@pytest.mark.parametrize("table", ['x"; DROP TABLE orders; --', "main.orders", "select", "a'b", "名前 🦆"])
def test_changes_of_names_that_look_like_sql(path: Path, table: str, mode: WriteMode) -> None:
    names = ("id", 'x"); DROP TABLE orders; --', table, '"')
    load(destination(path), OLD, "a")
    load(destination(path), pa.table({"id": [1]}), "b", mode, table=table, keys=("id",))
    changes = tuple(AddColumn(pa.field(name, pa.string())) for name in names[1:])
    load(destination(path), pa.table(dict(zip(names, [[3], ["x"], ["y"], ["z"]], strict=True))), "c", mode,
         table=table, keys=("id",), changes=changes)  # fmt: skip
    assert back(path, table).to_pylist() == [
        dict.fromkeys(names) | {"id": 1},
        dict(zip(names, [3, "x", "y", "z"], strict=True)),
    ]
    assert back(path).equals(OLD)


@pytest.mark.parametrize(("declared", "taken"), [("", True), ("INTEGER", True), ("TEXT", False), ("REAL", False)])
def test_what_somebody_has_added_meanwhile_counts_where_it_stores_the_same(
    path: Path, declared: str, taken: bool
) -> None:
    load(destination(path), pa.table({"id": [1]}), "a")
    new = pa.table({"id": [2], "added": pa.array([7], pa.int32())})
    session = destination(path).begin(changing(new.schema, (AddColumn(new.schema.field("added")),)))
    staged = list(session.stage("0", iter(new.to_batches())))
    made(path, f"ALTER TABLE orders ADD COLUMN added {declared}")
    if taken:
        session.commit(staged, {})
    else:
        with pytest.raises(CommitRejected):
            session.commit(staged, {})
    session.close()
    assert query(path, "SELECT * FROM orders") == [(1, None), *([(2, 7)] if taken else [])]


@pytest.mark.parametrize("change", [WidenColumn("id", pa.int64(), pa.decimal128(38, 0)), RelaxColumn("id")])
def test_what_would_rewrite_the_table_is_refused(path: Path, change: WidenColumn | RelaxColumn) -> None:
    load(destination(path), OLD, "a")
    with pytest.raises(DestinationError, match="cannot") as caught:
        destination(path).begin(changing(OLD.schema, (change,)))
    assert "full_refresh" in caught.value.remedy


def test_columns_that_every_row_must_bring_are_told(path: Path) -> None:
    made(path, "CREATE TABLE orders (id INTEGER PRIMARY KEY NOT NULL, n INT NOT NULL, d INT NOT NULL DEFAULT 7, o INT)")
    assert [field.nullable for field in destination(path).describe("orders")] == [True, False, True, True]


def test_ddl_is_told_as_it_is_run(path: Path) -> None:
    order = changing(pa.schema([("id", pa.int64()), ("added", ADD.field.type)]), (ADD,))
    create = 'CREATE TABLE main."orders" ("id" "INTEGER", "added" "TEXT decimal(12,2)")'
    assert destination(path).ddl(order, None) == (create,)
    load(destination(path), pa.table({"id": [1]}), "a")
    existing = destination(path).describe("orders")
    add = 'ALTER TABLE main."orders" ADD COLUMN "added" "TEXT decimal(12,2)"'
    assert destination(path).ddl(order, existing) == (add,)
    upsert = changing(order.schema, (ADD,), WriteMode.UPSERT)
    assert destination(path).ddl(upsert, existing) == (
        add,
        'CREATE UNIQUE INDEX main."orders unique id" ON "orders" ("id")',
    )
    refresh = changing(order.schema, (), WriteMode.FULL_REFRESH)
    assert destination(path).ddl(refresh, existing) == ('DROP TABLE main."orders"', create)
    assert query(path, "SELECT name FROM pragma_table_info('orders')") == [("id",)]
