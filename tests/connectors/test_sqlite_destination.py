"""An SQLite destination shows all of a load or nothing of it, and never keeps a value other than it was given."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors.sqlite import DESTINATION, SOURCE
from conduit.sdk import (
    CommitRejected,
    DestinationError,
    ReadRequest,
    Rows,
    SchemaError,
    TransientError,
    WriteJob,
    WriteMode,
)
from conduit.sdk.suites.reading import read_all

from .table_loads import load, load_under_fault

OLD = pa.table({"id": [1, 2], "name": ["a", "b"]})
NEW = pa.table({"id": list(range(10, 310)), "name": [f"n{i}" for i in range(300)]})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.sqlite"


def destination(path: Path, **options: Any) -> Any:
    return DESTINATION(DESTINATION.options_model(path=str(path), **options))


def query(path: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def made(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def back(path: Path, table: str = "orders") -> pa.Table:
    return read_all(SOURCE(SOURCE.options_model(path=str(path), table=table)), ReadRequest())[1]


def tables(path: Path) -> set[str]:
    return {name for (name,) in query(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


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


class TestFit:
    @pytest.mark.parametrize("value", [float("nan"), 2**63])
    def test_a_value_that_sqlite_would_change_is_an_error(self, path: Path, value: Any) -> None:
        kind = pa.float64() if isinstance(value, float) else pa.uint64()
        with pytest.raises(DestinationError, match="'a'"):
            load(destination(path), pa.table({"a": pa.array([1, value], kind)}))
        assert not path.exists() or tables(path) == set()

    @pytest.mark.parametrize(
        ("declared", "values"),
        [
            ("STRING", pa.array(["007"])),
            ("DECIMAL(20,2)", pa.array([Decimal("123456789012345678.25")], pa.decimal128(20, 2))),
            ("INTEGER", pa.array([1.5])),
            ("TEXT", pa.array([7])),
            ("DATE", pa.array([0], pa.timestamp("us"))),
        ],
    )
    def test_a_column_that_would_change_values_is_refused(self, path: Path, declared: str, values: pa.Array) -> None:
        made(path, f"CREATE TABLE orders (a {declared})")
        with pytest.raises(SchemaError, match="'a'"):
            load(destination(path), pa.table({"a": values}))

    @pytest.mark.parametrize(
        ("declared", "values"),
        [
            ("DATE", pa.array([19_000], pa.date32())),
            ("DATETIME", pa.array([1_700_000_000_123_456], pa.timestamp("us"))),
            ("DECIMAL(10,2)", pa.array([Decimal("12345678.90")], pa.decimal128(10, 2))),
            ("BOOLEAN", pa.array([True])),
            ("BIGINT", pa.array([7], pa.int64())),
            ("VARCHAR(3)", pa.array(["00123"])),
            ('"INTEGER duration[us]"', pa.array([5_000_000], pa.duration("us"))),
        ],
    )
    def test_a_column_of_the_user_keeps_what_it_can(self, path: Path, declared: str, values: pa.Array) -> None:
        made(path, f"CREATE TABLE orders (a {declared})")
        load(destination(path), pa.table({"a": values}))
        assert back(path).equals(pa.table({"a": values}))

    def test_a_coarser_unit_is_turned_into_the_units_of_the_table(self, path: Path) -> None:
        load(destination(path), pa.table({"a": pa.array([5_000_000], pa.duration("us"))}), "a")
        load(destination(path), pa.table({"a": pa.array([5], pa.duration("s"))}), "b")
        assert back(path)["a"].to_pylist()[0] == back(path)["a"].to_pylist()[1]

    def test_a_required_column_that_the_data_lacks_is_named(self, path: Path) -> None:
        made(path, "CREATE TABLE orders (key INTEGER PRIMARY KEY NOT NULL, id INT, name TEXT NOT NULL)")
        with pytest.raises(SchemaError, match="requires 'name' "):
            load(destination(path), pa.table({"id": [3]}))

    def test_a_null_that_the_table_forbids_commits_nothing(self, path: Path) -> None:
        made(path, "CREATE TABLE orders (id INTEGER, name TEXT NOT NULL)")
        with pytest.raises(CommitRejected, match=r"orders\.name"):
            load(destination(path), pa.table({"id": [1, 2], "name": ["a", None]}))
        assert query(path, "SELECT count(*) FROM orders") == [(0,)]
        assert destination(path).find("orders", "t1") is None


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


class TestFaults:
    @pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT])
    @pytest.mark.parametrize(
        ("fault", "landed"), [("stage.batch:3", False), ("commit.before", False), ("commit.after", True)]
    )
    def test_a_killed_load_landed_whole_or_not_at_all_and_leaves_no_file(
        self, path: Path, mode: WriteMode, fault: str, landed: bool
    ) -> None:
        load(destination(path), OLD, "t1", mode, keys=("id",))
        assert load_under_fault("sqlite", path, NEW, mode, fault).returncode == -9
        kept = 0 if mode is WriteMode.FULL_REFRESH else 2
        assert query(path, "SELECT count(*) FROM orders") == [(kept + 300 if landed else 2,)]
        found = destination(path).find("orders", "t2")
        assert (found is not None and found.rows == 300 and found.positions == {"p": 7}) == landed
        if not landed:
            session = destination(path).begin(WriteJob("orders", NEW.schema, mode, "t2", keys=("id",)))
            session.abort(())
            session.close()
        assert tables(path) == {"orders", "_conduit_commits"}
        assert not [file.name for file in path.parent.iterdir() if file.name.startswith(".")]

    def test_a_failure_after_the_commit_is_no_failure(self, path: Path) -> None:
        done = load_under_fault("sqlite", path, NEW, WriteMode.APPEND, "commit.after:1:raise")
        assert (done.returncode, done.stdout.strip()) == (0, "300"), done.stderr

    @pytest.mark.parametrize("fault", ["commit.before:1:full", "stage.batch:2:full"])
    def test_a_full_disk_is_named_with_its_path(self, path: Path, fault: str) -> None:
        load(destination(path), OLD, "t1")
        done = load_under_fault("sqlite", path, NEW, WriteMode.FULL_REFRESH, fault)
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert str(path.parent) in done.stderr
        assert query(path, "SELECT count(*) FROM orders") == [(2,)]

    def test_a_part_that_is_not_committed_is_left_out(self, path: Path) -> None:
        session = destination(path).begin(WriteJob("orders", OLD.schema, WriteMode.APPEND, "t1"))
        list(session.stage("lost", iter(NEW.to_batches())))
        assert session.commit(list(session.stage("kept", iter(OLD.to_batches()))), {}).rows == 2
        session.close()
        assert back(path).equals(OLD)

    def test_a_token_that_landed_is_not_loaded_again(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        assert load(destination(path), NEW, "t1").rows == 2
        assert back(path).equals(OLD)

    def test_a_database_that_another_transaction_holds_is_a_passing_trouble_that_names_it(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TransientError, match="holds a lock") as caught:
            load(destination(path, busy_timeout_seconds=0.05), NEW, "t2")
        assert str(path) in str(caught.value)
        other.close()
        assert back(path).equals(OLD)

    def test_a_reader_that_stays_makes_the_commit_give_up_whole(self, path: Path) -> None:
        load(destination(path), OLD, "t1")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM orders").fetchone()
        with pytest.raises(TransientError, match="holds a lock"):
            load(destination(path, busy_timeout_seconds=0.05), NEW, "t2")
        reader.close()
        assert destination(path).find("orders", "t2") is None
        assert load(destination(path), NEW, "t2").rows == 300
