"""A PostgreSQL source reads one moment, whatever happens meanwhile, and takes over only what gives the same rows."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from conduit.core.predicate import parse_predicate
from conduit.errors import nearest_name
from conduit.sdk import ReadRequest, Rows, SourceError, TransientError
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.reading import read_all

from ..servers.postgresql import Database, running_server
from .postgresql_reading import rows, source

_SMALL = ReadRequest(batch_bytes=4096, partitions=3)


def ids(database: Database, request: ReadRequest | None = None, **options: Any) -> list[int]:
    return sorted(row["id"] for row in rows(database, request, **options))


def sessions(database: Database) -> list[tuple[int, str]]:
    """Those that the source has open."""
    return [
        (int(pid), str(state))
        for pid, state in database.rows(
            "SELECT pid, state FROM pg_stat_activity "
            "WHERE application_name = 'conduit' AND datname = current_database()"
        )
    ]


def settled(measure: Any, expected: Any) -> Any:
    """What `measure` gives once it is as expected, or after a while."""
    gone = threading.Event()
    for _ in range(100):
        if measure() == expected:
            break
        gone.wait(0.05)
    return measure()


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


_HOSTILE = [
    'quo"te', "semi; DROP TABLE t; --", "select", "Größe 名前", "with space", "CamelCase", "a.b", "%s $1 ?",
    "back\\slash", "'; SELECT pg_sleep(9) --", "\n",
]  # fmt: skip


@pytest.mark.parametrize("name", _HOSTILE)
def test_names_mean_themselves_wherever_they_stand(database: Database, name: str) -> None:
    own = '"' + name.replace('"', '""') + '"'
    with database.server.connected(database.name) as connection:
        connection.execute(f"CREATE SCHEMA {own}".encode())
        connection.execute(f"CREATE TABLE {own}.{own} ({own} text, id integer)".encode())
        connection.execute(f"INSERT INTO {own}.{own} VALUES ('it''s', 1), ('b', 2)".encode())
    request = ReadRequest(columns=(name,), filter=parse_predicate(f"{own} = 'it''s' AND id = 1"))
    assert source(database, table=name, db_schema=name).scan(request).absorbed.filter is not None
    assert rows(database, request, table=name, db_schema=name) == [{name: "it's"}]


def test_a_value_of_a_filter_is_never_part_of_the_statement(database: Database) -> None:
    database.execute("CREATE TABLE t (a text)", "INSERT INTO t VALUES ('x')")
    for value in ("'; DROP TABLE t; --", "\\'; DROP TABLE t; --", "?", "$1", "%s", "\\"):
        database.execute("DELETE FROM t WHERE a <> 'x'")
        with database.server.connected(database.name) as connection:
            connection.execute("INSERT INTO t VALUES (%s)", (value,))
        request = ReadRequest(filter=parse_predicate("a = '" + value.replace("'", "''") + "'"))
        assert source(database, table="t").scan(request).absorbed.filter is not None
        assert rows(database, request, table="t") == [{"a": value}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 'a'", ["a"]),
        ("a > 'B'", ["a", "b", "Ä", "ä"]),
        ("a <= 'B'", ["A", "B"]),
        ("a != 'a'", ["A", "B", "b", "Ä", "ä"]),
    ],
)
def test_texts_are_compared_by_bytes_whatever_the_collation(
    any_database: Database, text: str, expected: list[str]
) -> None:
    try:
        any_database.execute(
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
        )
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this server was built without ICU")
    any_database.execute(
        "CREATE TABLE t (a text COLLATE loose)",
        "INSERT INTO t VALUES ('A'), ('a'), ('B'), ('b'), ('Ä'), ('ä'), (NULL)",
    )
    request = ReadRequest(filter=parse_predicate(text))
    assert source(any_database, table="t").scan(request).absorbed.filter is not None
    assert sorted(row["a"] for row in rows(any_database, request, table="t")) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        "c = 'a'",
        "f > 1.5",
        "d > 1",
        "day > '2024-01-01'",
        "flag = true",
        "r IS NULL",
        "i > 1.5",
        "e = 'x'",
        "i = 1 OR i = 2",
    ],
)
def test_a_filter_that_the_engine_may_judge_otherwise_stays_with_it(database: Database, text: str) -> None:
    database.execute(
        "CREATE TYPE pair AS (a integer, b integer)",
        "CREATE TYPE mood AS ENUM ('x')",
        "CREATE TABLE t (c char(4), f float8, d numeric(9,2), day date, flag boolean, r pair, i integer, e mood)",
        "INSERT INTO t (r) VALUES (ROW(NULL, NULL)), (NULL)",
    )
    request = ReadRequest(columns=("f",), filter=parse_predicate(text), limit=3)
    reading = source(database, table="t")
    absorbed = reading.scan(request).absorbed
    assert (absorbed.filter, absorbed.limit, absorbed.columns) == (None, None, None)
    # What was not absorbed must not make reading lose rows either.
    part = reading.scan(request).partitions[0]
    assert sum(m.data.num_rows for m in reading.read(part, replace(request, limit=None), None)) == 2


@pytest.mark.parametrize("end", ["", ";", "  ;\n", " -- the end", "\n-- one; two"])
def test_a_query_may_end_as_people_end_it(database: Database, end: str) -> None:
    assert ids(database, query=f"SELECT g AS id FROM generate_series(1, 3) g WHERE g > 1{end}") == [2, 3]


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE t",
        "SELECT 1; DROP TABLE t",
        "SELECT 1) AS x; DROP TABLE t; SELECT * FROM (SELECT 1",
        "SELECT 1) TO STDOUT; DROP TABLE t --",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "SELECT nextval('s')",
        "nonsense",
        "",
    ],
)
def test_a_query_that_is_not_one_select_is_refused_and_harms_nothing(database: Database, query: str) -> None:
    database.execute("CREATE TABLE t AS SELECT 1 AS id", "CREATE SEQUENCE s")
    with pytest.raises((SourceError, ValueError)):
        rows(database, query=query)
    assert ids(database, table="t") == [1]


def test_columns_of_one_name_are_refused(database: Database) -> None:
    with pytest.raises(SourceError, match="two columns with the name 'a'"):
        rows(database, query="SELECT 1 AS a, 2 AS a")


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


def test_a_server_that_goes_in_mid_reading_is_a_passing_trouble(any_database: Database) -> None:
    query = "SELECT g AS id, repeat('x', 1000) AS s FROM generate_series(1, 1000000) g"
    reading = source(any_database, query=query)
    scan = reading.scan(ReadRequest(batch_bytes=65536))
    messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=65536), None)
    assert next(messages).data.num_rows
    [copying] = [pid for pid, state in sessions(any_database) if state == "active"]
    any_database.rows("SELECT pg_terminate_backend(%s)", copying)
    with pytest.raises(TransientError) as gone:
        list(messages)
    assert gone.value.place.endswith(any_database.name)
    reading.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_is_shut_down_is_a_passing_trouble(how: signal.Signals) -> None:
    with running_server("15") as server:
        database = Database(server, "postgres")
        reading = source(database, query="SELECT g AS id, repeat('x', 1000) FROM generate_series(1, 1000000) g")
        scan = reading.scan(ReadRequest())
        messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=65536), None)
        next(messages)
        server.stop(how)
        with pytest.raises(TransientError):
            list(messages)
        with pytest.raises(TransientError, match="Nothing answers"):
            source(database, table="t").scan(ReadRequest())
        server.start()
        assert ids(database, query="SELECT 1 AS id") == [1]
        reading.close()


def test_closing_ends_what_the_server_does(database: Database) -> None:
    """It may compute for hours without a word; then it does not notice that nobody listens."""
    query = "SELECT g AS id, CASE WHEN g = 200000 THEN pg_sleep(60)::text END FROM generate_series(1, 200000) g"
    reading = source(database, query=query)
    scan = reading.scan(ReadRequest())
    messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=4096), None)
    next(messages)
    messages.close()
    assert settled(lambda: [state for _, state in sessions(database)], ["idle in transaction"]) == [
        "idle in transaction"
    ]
    reading.close()
    assert settled(lambda: sessions(database), []) == []


def test_a_forgotten_source_lets_go(database: Database) -> None:
    database.execute("CREATE TABLE t AS SELECT 1 AS id")
    assert ids(database, table="t") == [1]
    assert settled(lambda: sessions(database), []) == []


def test_a_slow_reader_holds_the_server_back(database: Database) -> None:
    """What is sent ahead waits in a few blocks and not in ever more memory."""
    query = "SELECT repeat('x', 10000) FROM generate_series(1, 20000)"
    reading = source(database, query=query)
    scan = reading.scan(ReadRequest())
    messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=65536), None)
    next(messages)
    before = pa.total_allocated_bytes()
    waiting = "SELECT wait_event FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%%'"
    assert settled(lambda: database.rows(waiting), [("ClientWrite",)]) == [("ClientWrite",)]
    assert pa.total_allocated_bytes() == before
    assert sum(m.data.num_rows for m in messages) > 19_000


@pytest.mark.parametrize(("given", "near"), [("ordesr", "orders"), ("Orders", "orders")])
def test_a_misspelt_table_is_offered_the_nearest_one(database: Database, given: str, near: str) -> None:
    database.execute(
        "CREATE TABLE orders (id integer)", "CREATE SCHEMA sales", "CREATE TABLE sales.invoices (id integer)"
    )
    assert nearest_name(given, [near])
    with pytest.raises(SourceError, match=f"Did you mean '{near}'"):
        rows(database, table=given)
    with pytest.raises(SourceError, match="in the schema 'sales'"):
        rows(database, table="invoices")


def _as_role(database: Database, role: str) -> Database:
    theirs = Database(database.server, database.name)
    theirs.uri = database.server.uri(database.name, role)
    return theirs
