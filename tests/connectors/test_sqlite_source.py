"""An SQLite source gives every column one type: a row with a value that does not fit is a reject, never a NULL."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors.sqlite import SOURCE
from conduit.core.predicate import parse_predicate
from conduit.sdk import Malformed, Mark, Position, ReadRequest, Rows, SourceError
from conduit.sdk.suites.reading import scanned


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "shop.sqlite")


def made(path: str, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def source(path: str, **options: Any) -> Any:
    return SOURCE(SOURCE.options_model(path=path, **options))


def messages(
    path: str, request: ReadRequest | None = None, resume: Position | None = None, **options: Any
) -> list[Any]:
    scan = scanned(source(path, **options), request or ReadRequest())
    return list(source(path, **options).read(scan.partitions[0], scan.absorbed, resume))


def rows(path: str, request: ReadRequest | None = None, **options: Any) -> list[dict[str, Any]]:
    return [row for m in messages(path, request, **options) if isinstance(m, Rows) for row in m.data.to_pylist()]


def rejects(path: str, request: ReadRequest | None = None, **options: Any) -> list[dict[str, Any]]:
    return [row for m in messages(path, request, **options) if isinstance(m, Malformed) for row in m.data.to_pylist()]


@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        ("INTEGER", [7, -(2**63), None], ["'abc'", "1.5", "x'00'"]),
        ("BOOLEAN", [True, False, None], ["2", "'yes'"]),
        ("REAL", [1.5, float("inf"), None], ["'abc'", "x'00'"]),
        ("TEXT", ["x", "", None], ["x'ff'", "CAST(x'ff' AS TEXT)"]),
        ("BLOB", [b"x", b"", None], ["'text'", "1"]),
        ("DATE", ["2024-02-29", None], ["'2024-02-31'", "20240229", "'soon'"]),
        ("DATETIME", ["2024-02-29 01:02:03", None], ["'2024-02-29 25:00:00'", "1709168523"]),
        ("DECIMAL(6,2)", [12.34, 5, None], ["'abc'", "1.234", "123456.5"]),
    ],
)
def test_a_value_that_does_not_fit_is_a_reject_and_the_others_load(
    path: str, declared: str, good: list[Any], bad: list[str]
) -> None:
    made(path, f"CREATE TABLE t (id INTEGER, a {declared})")
    connection = sqlite3.connect(path)
    for i in range(40):
        connection.execute("INSERT INTO t VALUES (?, ?)", (i, good[i % len(good)]))
        if i % 10 == 5:
            connection.execute(f"INSERT INTO t VALUES (?, {bad[i // 10 % len(bad)]})", (1000 + i,))
    connection.commit()
    connection.close()
    assert [row["id"] for row in rows(path, table="t")] == list(range(40))
    found = rejects(path, table="t")
    assert len(found) == 4
    assert {(r["file"], r["field"], r["code"]) for r in found} == {(path, "a", "type_mismatch")}
    assert all("row id" in r["message"] and r["value"] and b'"id": 10' in r["raw"] for r in found)


def test_declared_types_give_arrow_types(path: str) -> None:
    made(
        path,
        "CREATE TABLE t (a INT, b VARCHAR(9), c DOUBLE PRECISION, d NUMERIC(9,3), e BOOLEAN, f TIMESTAMP, g)",
        "INSERT INTO t VALUES (1, '007', 2, 1.25, 1, '2024-01-01T00:00:00', 5)",
    )
    schema = source(path, table="t").scan(ReadRequest()).schema
    assert schema.types == [
        pa.int64(), pa.string(), pa.float64(), pa.decimal128(9, 3), pa.bool_(), pa.timestamp("us"), pa.int64(),
    ]  # fmt: skip
    row = rows(path, table="t")[0]
    assert (row["b"], row["c"], row["d"]) == ("007", 2.0, Decimal("1.250"))


def test_decimals_of_mixed_storage_are_read(path: str) -> None:
    made(path, "CREATE TABLE t (a DECIMAL(20,2))", "INSERT INTO t VALUES (1), (1.25), (9007199254740993), (NULL)")
    assert [row["a"] for row in rows(path, table="t")] == [Decimal("1.00"), Decimal("1.25"), Decimal(2**53 + 1), None]


def test_an_integer_beyond_a_double_is_not_rounded_into_one(path: str) -> None:
    made(path, "CREATE TABLE t (a)", "INSERT INTO t VALUES (1.5), (9007199254740993)")
    assert rows(path, table="t") == [{"a": 1.5}]
    assert [r["value"] for r in rejects(path, table="t")] == ["9007199254740993"]


def test_a_query_is_typed_by_its_columns_or_by_what_it_yields(path: str) -> None:
    made(path, "CREATE TABLE t (a INTEGER, b DATE)", "INSERT INTO t VALUES (1, '2024-01-01'), (2, NULL)")
    text = "SELECT a, b, a / 4.0 AS q, count(*) OVER () AS n, 'x' || a AS s FROM t; -- all"
    schema = source(path, query=text.replace("; -- all", ";")).scan(ReadRequest()).schema
    assert schema.types == [pa.int64(), pa.date32(), pa.float64(), pa.int64(), pa.string()]
    assert [row["s"] for row in rows(path, query="SELECT 'x' || a AS s FROM t -- all")] == ["x1", "x2"]


@pytest.mark.parametrize("query", ["DROP TABLE t", "SELECT 1; DROP TABLE t", "INSERT INTO t VALUES (1)", "nonsense"])
def test_a_query_that_is_not_one_select_is_refused_and_harms_nothing(path: str, query: str) -> None:
    made(path, "CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)")
    with pytest.raises(SourceError) as caught:
        rows(path, query=query)
    assert path in str(caught.value)
    assert rows(path, table="t") == [{"a": 1}]


def test_a_misspelt_table_is_offered_the_nearest_one(path: str) -> None:
    made(path, "CREATE TABLE orders (a)")
    with pytest.raises(SourceError, match="Did you mean 'orders'"):
        rows(path, table="ordesr")


def test_a_file_that_is_no_database_is_named(path: str) -> None:
    Path(path).write_bytes(b"not a database at all, " * 500)
    with pytest.raises(SourceError, match="not an SQLite database") as caught:
        rows(path, table="t")
    assert path in str(caught.value)


def test_a_missing_file_is_not_created(path: str) -> None:
    with pytest.raises(SourceError, match="no such database file"):
        rows(path, table="t")
    assert not Path(path).exists()


def test_a_filter_lets_a_misfit_through_to_be_a_reject(path: str) -> None:
    """Text is greater than any number to SQLite: a filter pushed down bluntly would load it or drop it silently."""
    made(path, "CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1), (9), ('abc'), (NULL)")
    for text, expected in (("a > 5", [9]), ("a = 1", [1]), ("a != 1", [9])):
        request = ReadRequest(filter=parse_predicate(text))
        assert source(path, table="t").scan(request).absorbed.filter is not None
        assert [row["a"] for row in rows(path, request, table="t")] == expected
        assert [r["value"] for r in rejects(path, request, table="t")] == ["abc"]


@pytest.mark.parametrize("text", ["s > 'a'", "f > 1", "day = '2024-01-01'", "flag = true", "i = 1.0"])
def test_a_filter_that_the_engine_may_judge_otherwise_stays_with_it(path: str, text: str) -> None:
    made(path, "CREATE TABLE t (s TEXT, f REAL, day DATE, flag BOOLEAN, i INTEGER)")
    assert source(path, table="t").scan(ReadRequest(filter=parse_predicate(text))).absorbed.filter is None


def test_texts_are_compared_by_bytes_whatever_the_collation(path: str) -> None:
    made(path, "CREATE TABLE t (a TEXT COLLATE NOCASE)", "INSERT INTO t VALUES ('A'), ('a'), (NULL)")
    assert rows(path, ReadRequest(filter=parse_predicate("a = 'a'")), table="t") == [{"a": "a"}]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW t AS SELECT 1 AS a",
        "CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID",
        'CREATE TABLE t (a INTEGER, "rowid" TEXT, "_rowid_" TEXT, "oid" TEXT)',
    ],
)
def test_what_has_no_row_ids_is_read_without_marks(path: str, statement: str) -> None:
    made(path, statement)
    if "VIEW" not in statement:
        made(path, "INSERT INTO t (a) VALUES (1)")
    assert [type(m) for m in messages(path, table="t")] == [Rows]


def test_reading_resumes_after_gaps_in_the_row_ids(path: str) -> None:
    made(
        path,
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 3 FROM n WHERE i < 30000) "
        "INSERT INTO t SELECT i, 'x' || i FROM n",
    )
    request = ReadRequest(batch_bytes=4096)
    whole = messages(path, request, table="t")
    middle = next(i for i, m in enumerate(whole) if isinstance(m, Mark) and i > len(whole) // 2)
    rest = messages(path, request, whole[middle].position, table="t")
    joined = [row["a"] for m in whole[:middle] + rest if isinstance(m, Rows) for row in m.data.to_pylist()]
    assert joined == list(range(0, 30_001, 3))


def test_a_database_in_wal_mode_is_read_with_what_is_not_checkpointed(path: str) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a INTEGER)")
    before = source(path, table="t").scan(ReadRequest()).fingerprint
    writer.execute("INSERT INTO t VALUES (1)")
    assert source(path, table="t").scan(ReadRequest()).fingerprint != before
    assert rows(path, table="t") == [{"a": 1}]
    writer.close()
