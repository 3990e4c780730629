"""A PostgreSQL source takes over only what gives the same rows, and text that it is given never becomes SQL."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from conduit.core.predicate import parse_predicate
from conduit.errors import nearest_name
from conduit.sdk import ReadRequest, SourceError

from ..servers.postgresql import Database
from .postgresql_reading import ids, rows, source

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
