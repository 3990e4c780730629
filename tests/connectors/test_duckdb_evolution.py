"""Changes of a DuckDB table are made in the transaction that brings the rows: both are there, or neither."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from conduit.sdk import AddColumn, CommitRejected, RelaxColumn, SchemaChange, SchemaError, WidenColumn, WriteMode

from .duckdb_files import OLD, destination, made, query
from .table_loads import changing, load

WIDEN = WidenColumn("n", pa.int32(), pa.int64())
ADD = AddColumn(pa.field("added", pa.string()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.UPSERT])
def test_all_rows_are_there_when_the_file_is_opened_again(path: Path, mode: WriteMode) -> None:
    """In some versions of DuckDB rows that were inserted behind a change of the table were not seen by scans."""
    count = 300_000
    old = pa.table({"id": pa.array(range(count)), "n": pa.array(range(count), pa.int32())})
    new = pa.table({"id": pa.array(range(count, 2 * count)), "n": [2**40] * count, "added": ["x"] * count})
    load(destination(path), old, "a", mode, keys=("id",))
    load(destination(path), new, "b", mode, keys=("id",), changes=(WIDEN, ADD))
    assert query(path, "SELECT count(*), count(added), sum(n) FROM orders") == [
        (2 * count, count, count * (count - 1) // 2 + count * 2**40)
    ]
    assert query(path, "SELECT count(*) FROM orders WHERE id >= 0 AND added IS NULL") == [(count,)]


def test_an_index_in_the_way_is_told_with_what_to_do_and_nothing_changes(path: Path) -> None:
    load(destination(path), pa.table({"id": [1], "n": pa.array([1], pa.int32())}), "a")
    made(path, "CREATE INDEX by_id ON orders (id)")
    with pytest.raises(CommitRejected, match="depend on it") as caught:
        load(destination(path), pa.table({"id": [2], "n": [2**40], "added": ["x"]}), "b", changes=(ADD, WIDEN))
    assert 'ALTER TABLE "main"."orders" ALTER COLUMN "n" TYPE BIGINT' in caught.value.remedy
    assert destination(path).describe("orders").names == ["id", "n"]
    assert query(path, "SELECT * FROM orders") == [(1, 1)]
    load(destination(path), pa.table({"id": [2], "added": ["x"]}), "c", changes=(ADD,))
    assert query(path, "SELECT * FROM orders ORDER BY id") == [(1, 1, None), (2, None, "x")]


@pytest.mark.parametrize("table", ['x"; DROP TABLE orders; --', "main.orders", "select", "a'b", "名前 🦆"])
@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.UPSERT])
def test_changes_of_names_that_look_like_sql(path: Path, table: str, mode: WriteMode) -> None:
    names = ('id"); DROP TABLE orders; --', table, "two words", '"')
    load(destination(path), OLD, "a")
    load(destination(path), pa.table({names[0]: [1], names[1]: pa.array([2], pa.int32())}), "b", mode,
         table=table, keys=(names[0],))  # fmt: skip
    changes = [AddColumn(pa.field(name, pa.string())) for name in names[2:]]
    widen = WidenColumn(names[1], pa.int32(), pa.int64())
    new = pa.table(dict(zip(names, [[3], [2**40], ["x"], ["y"]], strict=True)))
    load(destination(path), new, "c", mode, table=table, keys=(names[0],), changes=(*changes, widen))
    assert destination(path).describe(table).names == list(names)
    quoted = table.replace('"', '""')
    assert query(path, f'SELECT * FROM "{quoted}" ORDER BY 1') == [(1, 2, None, None), (3, 2**40, "x", "y")]
    assert query(path, "SELECT count(*) FROM orders") == [(2,)]


def test_a_change_that_does_not_suffice_is_refused_before_a_row_moves(path: Path) -> None:
    load(destination(path), pa.table({"n": pa.array([1], pa.int8())}), "a")
    narrow = WidenColumn("n", pa.int8(), pa.int16())
    for schema, changes in (
        (pa.schema([("n", pa.int64())]), (narrow,)),
        (pa.schema([("n", pa.int8()), ("other", pa.string())]), (ADD,)),
        (pa.schema([("n", pa.string())]), ()),
    ):
        with pytest.raises(SchemaError, match=r"'n'|'other'"):
            destination(path).begin(changing(schema, changes))


@pytest.mark.parametrize(
    ("meanwhile", "change", "value"),
    [
        ("ALTER TABLE orders ADD COLUMN added VARCHAR", ADD, "x"),
        ("ALTER TABLE orders ADD COLUMN ADDED VARCHAR", ADD, "x"),
        ("ALTER TABLE orders ADD COLUMN added BIGINT", AddColumn(pa.field("added", pa.int32())), 7),
        ("ALTER TABLE orders ALTER COLUMN n TYPE DECIMAL(38,0)", WIDEN, None),
        ("ALTER TABLE orders ALTER COLUMN n DROP NOT NULL", RelaxColumn("n"), None),
    ],
)
def test_what_somebody_has_changed_meanwhile_counts(
    path: Path, meanwhile: str, change: SchemaChange, value: object
) -> None:
    made(path, "CREATE TABLE orders (id BIGINT, n INTEGER NOT NULL)", "INSERT INTO orders VALUES (1, 1)")
    added = {change.field.name: pa.array([value], change.field.type)} if isinstance(change, AddColumn) else {}
    new = pa.table({"id": [2], "n": [2], **added}) if change is WIDEN else pa.table(
        {"id": [2], "n": pa.array([2], pa.int32()), **added})  # fmt: skip
    session = destination(path).begin(changing(new.schema, (change,)))
    staged = list(session.stage("0", iter(new.to_batches())))
    made(path, meanwhile)
    session.commit(staged, {})
    session.close()
    [(_, count, *_)] = query(path, "SELECT 1, count(*) FROM orders")
    assert count == 2


def test_columns_that_every_row_must_bring_are_told(path: Path) -> None:
    made(path, "CREATE TABLE orders (id BIGINT PRIMARY KEY, n INTEGER NOT NULL, d INTEGER NOT NULL DEFAULT 7, o DATE)")
    described = destination(path).describe("orders")
    assert [field.nullable for field in described] == [False, False, True, True]


def test_ddl_is_told_as_it_is_run(path: Path) -> None:
    there = destination(path, schema='sa"les')
    target = '"sa""les"."orders"'
    order = changing(pa.schema([("id", pa.int64()), ("added", pa.string())]), (ADD, WIDEN, RelaxColumn("id")))
    existing = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("n", pa.int32())])
    assert there.ddl(order, existing) == (
        f'ALTER TABLE {target} ADD COLUMN "added" VARCHAR',
        f'ALTER TABLE {target} ALTER COLUMN "n" TYPE BIGINT',
        f'ALTER TABLE {target} ALTER COLUMN "id" DROP NOT NULL',
    )
    create = f'CREATE TABLE {target} ("id" BIGINT, "added" VARCHAR)'
    assert there.ddl(order, None) == (create,)
    refresh = changing(order.schema, (), WriteMode.FULL_REFRESH)
    assert there.ddl(refresh, existing) == (f"DROP TABLE {target}", create)
    upsert = changing(order.schema, (), WriteMode.UPSERT)
    assert there.ddl(upsert, None) == (f'CREATE TABLE {target} ("id" BIGINT, "added" VARCHAR, PRIMARY KEY ("id"))',)
    assert not path.exists()
