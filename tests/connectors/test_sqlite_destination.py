"""An SQLite destination shows what was loaded, to everybody, under any name, and as its modes say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors.sqlite import SOURCE
from conduit.sdk import DestinationError, ReadRequest, Rows, WriteJob, WriteMode

from .sqlite_files import NEW, OLD, back, destination, made, query, tables
from .table_loads import load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.sqlite"


def test_readers_and_other_writers_are_not_held_up_by_staging(path: Path) -> None:
    load(destination(path), OLD, "a")
    session = destination(path).begin(WriteJob("orders", NEW.schema, WriteMode.APPEND, "b"))
    staged = list(session.stage("0", iter(NEW.to_batches())))
    made(path, "INSERT INTO orders VALUES (3, 'mine')")
    assert session.commit(staged, {}).rows == 300
    session.close()
    assert query(path, "SELECT count(*) FROM orders") == [(303,)]


def test_more_parts_than_databases_can_be_attached(path: Path) -> None:
    parts = [NEW.slice(i * 20, 20) for i in range(15)]
    assert load(destination(path), parts).rows == 300
    assert back(path).sort_by("id").equals(NEW)


def test_the_journal_mode_of_the_user_stays(path: Path) -> None:
    made(path, "PRAGMA journal_mode = WAL")
    load(destination(path), OLD)
    assert query(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_full_refresh_keeps_the_views_on_the_table(path: Path) -> None:
    load(destination(path), OLD, "a", WriteMode.FULL_REFRESH)
    made(path, "CREATE VIEW names AS SELECT name FROM orders")
    load(destination(path), NEW, "b", WriteMode.FULL_REFRESH)
    assert query(path, "SELECT count(*) FROM names") == [(300,)]


@pytest.mark.parametrize("table", ['x"; DROP TABLE orders; --', "main.orders", "select", "a'b", "名前 🦆"])
def test_a_name_is_a_name_and_no_sql(path: Path, table: str) -> None:
    load(destination(path), OLD, "a")
    hostile = pa.table({'id"); DROP TABLE orders; --': [1], table: [2]})
    load(destination(path), hostile, "b", table=table)
    load(destination(path), hostile, "c", table=table)
    assert back(path, table).equals(pa.concat_tables([hostile, hostile]).combine_chunks())
    load(destination(path), hostile, "d", WriteMode.FULL_REFRESH, table=table)
    load(destination(path), hostile, "e", WriteMode.UPSERT, table=table, keys=(table,))
    assert back(path, table).equals(hostile)
    assert tables(path) == {"orders", "_conduit_commits", table}


class TestUpsert:
    def upsert(self, path: Path, parts: Any, token: str, **more: Any) -> None:
        load(destination(path), parts, token, WriteMode.UPSERT, keys=("id",), **more)

    def test_the_last_row_of_a_key_counts_over_parts_and_batches(self, path: Path) -> None:
        first = pa.table({"id": [1, 2, 1], "name": ["a", "b", "c"]})
        second = pa.table({"id": [2, 3, 3], "name": ["d", "e", "f"]})
        self.upsert(path, [first, second], "a")
        assert query(path, "SELECT * FROM orders ORDER BY id") == [(1, "c"), (2, "d"), (3, "f")]
        self.upsert(path, [second.slice(0, 1), first], "b")
        assert query(path, "SELECT * FROM orders ORDER BY id") == [(1, "c"), (2, "b"), (3, "f")]

    def test_only_the_named_columns_are_updated(self, path: Path) -> None:
        columns = {"id": [1, 2], "name": ["a", "b"], "seen": [1, 1]}
        self.upsert(path, pa.table(columns), "a")
        self.upsert(path, pa.table({"id": [2, 3], "name": ["x", "y"], "seen": [9, 9]}), "b", update_columns=("seen",))
        assert query(path, "SELECT * FROM orders ORDER BY id") == [(1, "a", 1), (2, "b", 9), (3, "y", 9)]
        self.upsert(path, pa.table({"id": [3, 4], "name": ["z", "z"], "seen": [0, 0]}), "c", update_columns=())
        assert query(path, "SELECT * FROM orders WHERE id > 2 ORDER BY id") == [(3, "y", 9), (4, "z", 0)]

    def test_the_last_row_counts_beside_a_column_that_is_named_rowid(self, path: Path) -> None:
        rows = pa.table({"id": [1, 1], "rowid": [9, 3]})
        self.upsert(path, rows, "a")
        assert query(path, 'SELECT id, "rowid" FROM orders') == [(1, 3)]

    def test_a_table_without_an_index_on_the_key_gets_one(self, path: Path) -> None:
        load(destination(path), OLD, "a")
        self.upsert(path, pa.table({"id": [2, 3], "name": ["x", "y"]}), "b")
        self.upsert(path, pa.table({"id": [2], "name": ["z"]}), "c")
        assert query(path, "SELECT * FROM orders ORDER BY id") == [(1, "a"), (2, "z"), (3, "y")]
        assert query(path, "SELECT \"unique\" FROM pragma_index_list('orders')") == [(1,)]

    def test_a_null_in_the_key_is_an_error(self, path: Path) -> None:
        with pytest.raises(DestinationError, match="NULL in its key"):
            self.upsert(path, pa.table({"id": [1, None], "name": ["a", "b"]}), "a")
        assert destination(path).find("orders", "a") is None

    def test_duplicates_that_are_there_are_an_error(self, path: Path) -> None:
        load(destination(path), pa.table({"id": [5, 5], "name": ["a", "b"]}), "a")
        with pytest.raises(DestinationError, match="several rows with one key"):
            self.upsert(path, OLD, "b")
        assert query(path, "SELECT count(*) FROM orders") == [(2,)]


@pytest.mark.parametrize(
    ("declared", "rows", "kind"),
    [
        ("NUMERIC", "(1.5), (2)", pa.float64()),
        ("NUMERIC", "", pa.float64()),
        ("", "(7)", pa.int64()),
        ("", "", pa.string()),
    ],
)
def test_a_column_that_declares_nothing_is_described_by_its_values(
    path: Path, declared: str, rows: str, kind: pa.DataType
) -> None:
    made(path, f"CREATE TABLE orders (a {declared})", *([f"INSERT INTO orders VALUES {rows}"] if rows else []))
    assert destination(path).describe("orders") == pa.schema([("a", kind)])


def test_a_table_is_copied_within_one_file(path: Path) -> None:
    load(destination(path), NEW, "a")
    source = SOURCE(SOURCE.options_model(path=str(path), table="orders"))
    scan = source.scan(ReadRequest())
    session = destination(path).begin(WriteJob("copies", NEW.schema, WriteMode.APPEND, "b"))
    found = (m.data for m in source.read(scan.partitions[0], scan.absorbed, None) if isinstance(m, Rows))
    assert session.commit(list(session.stage("0", found)), {}).rows == 300
    session.close()
    assert back(path, "copies").equals(NEW)
