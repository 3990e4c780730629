"""A PostgreSQL source reads one moment of a table, and all of its parts, whatever happens meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conduit.sdk import ReadRequest, Rows, SourceError, TransientError
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.reading import read_all

from ..servers.postgresql import Database
from .postgresql_reading import ids, rows, sessions, settled, source

_SMALL = ReadRequest(batch_bytes=4096, partitions=3)


def test_all_partitions_see_one_moment_while_others_write(any_database: Database) -> None:
    """Every transaction moves an amount from one row to another: only within one moment is the sum what it was."""
    any_database.execute(
        "CREATE TABLE accounts AS SELECT g AS id, 100 AS amount, repeat('x', 200) AS filler "
        "FROM generate_series(0, 9999) g"
    )
    done = threading.Event()

    def write() -> None:
        number = 0
        with any_database.server.connected(any_database.name) as connection:
            while not done.is_set():
                number += 1
                one, other = number * 7919 % 10_000, number * 104_729 % 10_000
                connection.execute(
                    f"BEGIN; UPDATE accounts SET amount = amount - 1 WHERE id = {one};"
                    f"UPDATE accounts SET amount = amount + 1 WHERE id = {other};"
                    f"INSERT INTO accounts VALUES ({10_000 + number}, 0, ''); COMMIT"
                )

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write)]
        try:
            for _ in range(3):
                reading = source(any_database, table="accounts", partitions=4)
                scan = reading.scan(_SMALL)
                found: list[dict[str, Any]] = []
                for part in reversed(scan.partitions):
                    messages = copied(reading).read(part, _SMALL, None)
                    found += [row for m in messages if isinstance(m, Rows) for row in m.data.to_pylist()]
                reading.close()
                assert len(scan.partitions) == 4
                assert sum(row["amount"] for row in found) == 1_000_000
                assert len({row["id"] for row in found}) == len(found)
        finally:
            done.set()
        for writer in writers:
            writer.result()


def test_a_table_that_is_read_keeps_its_structure_and_its_rows(database: Database) -> None:
    """TRUNCATE does not wait for snapshots, so the scan holds a lock; `close` lets go of it."""
    database.execute("CREATE TABLE t AS SELECT generate_series(1, 10) AS id")
    reading = source(database, table="t")
    scan = reading.scan(ReadRequest())
    with pytest.raises(Exception, match="lock timeout"):
        database.execute("SET lock_timeout = '100ms'", "TRUNCATE t")
    assert sum(m.data.num_rows for m in reading.read(scan.partitions[0], ReadRequest(), None)) == 10
    reading.close()
    database.execute("SET lock_timeout = '5s'", "TRUNCATE t")
    assert reading.scan(ReadRequest()).partitions
    reading.close()
    reading.close()
    assert settled(lambda: sessions(database), []) == []


def test_a_partition_of_a_closed_scan_is_told_apart_from_an_empty_one(database: Database) -> None:
    database.execute("CREATE TABLE t AS SELECT 1 AS id")
    reading = source(database, table="t")
    scan = reading.scan(ReadRequest())
    reading.close()
    with pytest.raises((SourceError, TransientError), match="snapshot"):
        list(reading.read(scan.partitions[0], ReadRequest(), None))


def test_partitioned_tables_are_read_by_their_leaves(any_database: Database) -> None:
    any_database.execute(
        "CREATE TABLE p (id integer, region text, gone integer) PARTITION BY LIST (region)",
        "CREATE TABLE p_east PARTITION OF p FOR VALUES IN ('east') PARTITION BY RANGE (id)",
        "CREATE TABLE p_east_1 PARTITION OF p_east FOR VALUES FROM (0) TO (500)",
        "CREATE TABLE p_east_2 PARTITION OF p_east FOR VALUES FROM (500) TO (1000)",
        "CREATE TABLE other_order (region text, dropped text, id integer, gone integer)",
        "ALTER TABLE other_order DROP COLUMN dropped",
        "ALTER TABLE p ATTACH PARTITION other_order FOR VALUES IN ('west')",
        "INSERT INTO p SELECT g, CASE WHEN g % 2 = 0 THEN 'east' ELSE 'west' END, 0 FROM generate_series(0, 999) g",
        "ALTER TABLE p DROP COLUMN gone",
    )
    scan, found = read_all(source(any_database, table="p", partitions=4), _SMALL)
    names = {part.id.split(":")[0] for part in scan.partitions}
    assert names == {"public.p_east_1", "public.p_east_2", "public.other_order"}
    assert found.schema.names == ["id", "region"]
    assert sorted(found["id"].to_pylist()) == list(range(1000))
    assert all((row["id"] % 2 == 0) == (row["region"] == "east") for row in found.to_pylist())


def test_tables_that_inherit_are_read_with_their_parent_and_only_once(database: Database) -> None:
    database.execute(
        "CREATE TABLE parent (id integer)",
        "CREATE TABLE a (x text) INHERITS (parent)",
        "CREATE TABLE b (y text) INHERITS (parent)",
        "CREATE TABLE both_of () INHERITS (a, b)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO a VALUES (2, 'x')",
        "INSERT INTO b VALUES (3, 'y')",
        "INSERT INTO both_of VALUES (4)",
    )
    assert ids(database, table="parent") == [1, 2, 3, 4]
    assert ids(database, table="a") == [2, 4]


def test_a_right_on_the_parent_is_enough(database: Database) -> None:
    role = f"reader_{database.name}"
    database.execute(
        f"CREATE ROLE {role} LOGIN",
        "CREATE TABLE p (id integer, secret text) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
        "INSERT INTO p SELECT generate_series(0, 9), 'x'",
        f"GRANT SELECT ON p TO {role}",
        "CREATE TABLE own (id integer, mine text)",
        "ALTER TABLE own ENABLE ROW LEVEL SECURITY",
        "INSERT INTO own VALUES (1, 'a'), (2, 'b')",
        "CREATE POLICY only_a ON own USING (mine = 'a')",
        f"GRANT SELECT ON own TO {role}",
        "CREATE TABLE partly (id integer, secret text)",
        "INSERT INTO partly VALUES (5, 's')",
        f"GRANT SELECT (id) ON partly TO {role}",
    )
    theirs = _as_role(database, role)
    try:
        assert ids(theirs, table="p") == list(range(10))
        assert ids(theirs, table="own", partitions=2) == [1]
        with pytest.raises(SourceError, match="Permission denied for table partly") as refused:
            rows(theirs, table="partly")
        assert "GRANT" in refused.value.remedy
        assert rows(theirs, query="SELECT id FROM partly") == [{"id": 5}]
        assert [probe.passed for probe in source(theirs, table="p").probe()] == [True] * 5
    finally:
        database.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW t AS SELECT generate_series(1, 5) AS id",
        "CREATE MATERIALIZED VIEW t AS SELECT generate_series(1, 5) AS id",
        "CREATE UNLOGGED TABLE t AS SELECT generate_series(1, 5) AS id",
    ],
)
def test_whatever_has_rows_is_read(database: Database, statement: str) -> None:
    database.execute(statement)
    assert ids(database, table="t", partitions=2) == [1, 2, 3, 4, 5]


def test_generated_and_dropped_columns(any_database: Database) -> None:
    any_database.execute(
        "CREATE TABLE t (a integer, gone text, id integer GENERATED ALWAYS AS (a * 2) STORED)",
        "ALTER TABLE t DROP COLUMN gone",
        "INSERT INTO t VALUES (4)",
    )
    assert rows(any_database, table="t") == [{"a": 4, "id": 8}]


def test_tables_without_rows_and_without_columns(any_database: Database) -> None:
    any_database.execute("CREATE TABLE none (id integer, b text)", "CREATE TABLE bare ()")
    any_database.execute("INSERT INTO bare DEFAULT VALUES", "INSERT INTO bare DEFAULT VALUES")
    assert rows(any_database, table="none") == []
    reading = source(any_database, table="bare")
    scan = reading.scan(ReadRequest())
    assert scan.schema.names == []
    assert sum(m.data.num_rows for m in reading.read(scan.partitions[0], ReadRequest(), None)) == 2


def test_deleted_and_updated_rows_leave_no_trace(database: Database) -> None:
    database.execute(
        "CREATE TABLE t AS SELECT g AS id, repeat('x', 500) AS s FROM generate_series(1, 1000) g",
        "DELETE FROM t WHERE id % 3 = 0",
        "UPDATE t SET s = 'y' WHERE id % 2 = 0",
        "ANALYZE t",
    )
    scan = source(database, table="t", partitions=5).scan(_SMALL)
    assert len(scan.partitions) == 5
    assert scan.bytes_estimate is not None
    assert ids(database, table="t", partitions=5) == [g for g in range(1, 1001) if g % 3]


def test_rows_larger_than_a_block(any_database: Database) -> None:
    """A length in the stream that holds the letter of a message, one of 16 MB and more, and short ones between."""
    sizes = [0, 1, 25_590, 25_600, 25_700, 65_536, 6_553_600, 17_000_000, 3, 100]
    any_database.execute(
        f"CREATE TABLE t AS SELECT g.n AS id, repeat('d', g.n) AS s FROM unnest(ARRAY{sizes}) WITH ORDINALITY g(n, o)"
    )
    for size in (4096, 8 << 20):
        found = read_all(source(any_database, table="t"), ReadRequest(batch_bytes=size))[1]
        assert [(row["id"], len(row["s"])) for row in found.to_pylist()] == [(n, n) for n in sizes]


def test_every_length_of_a_row(database: Database) -> None:
    """The bytes in front of a row may look like anything: a tab, a newline, a letter."""
    found = rows(database, query="SELECT g AS id, repeat('d', g) AS s FROM generate_series(0, 1500) g")
    assert [(row["id"], row["s"]) for row in found] == [(g, "d" * g) for g in range(1501)]


def _as_role(database: Database, role: str) -> Database:
    theirs = Database(database.server, database.name)
    theirs.uri = database.server.uri(database.name, role)
    return theirs
