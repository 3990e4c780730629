"""A DuckDB source gives what DuckDB holds, takes nothing but a SELECT, and pushes down what is provably equal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pydantic import ValidationError

from conduit.connectors.duckdb import SOURCE
from conduit.core.predicate import parse_predicate
from conduit.sdk import Mark, ReadRequest, Rows, SourceError
from conduit.sdk.suites.reading import read_all, read_partition, scanned


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "shop.duckdb")


def made(path: str, *statements: str) -> None:
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


def source(path: str, **options: Any) -> Any:
    return SOURCE(SOURCE.options_model(path=path, **options))


def rows(path: str, request: ReadRequest | None = None, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_all(source(path, **options), request or ReadRequest())[1].to_pylist()
    return found


@pytest.mark.parametrize("options", [{}, {"table": "t", "query": "SELECT 1"}])
def test_exactly_one_of_table_and_query_is_given(path: str, options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either `table` or `query`"):
        source(path, **options)


def test_older_spellings_of_options_are_understood(path: str) -> None:
    made(path, "CREATE SCHEMA s", "CREATE TABLE s.t AS SELECT 1 AS a")
    options = SOURCE.options_model.model_validate({"database": path, "table": "t", "schema": "s"})
    assert read_all(SOURCE(options), ReadRequest())[1].to_pylist() == [{"a": 1}]


@pytest.mark.parametrize("end", ["", ";", "  ;\n", " -- the end", "\n-- one; two"])
def test_a_query_may_end_as_people_end_it(path: str, end: str) -> None:
    made(path, "CREATE TABLE t AS SELECT range AS a FROM range(5)")
    assert rows(path, query=f"SELECT a FROM t WHERE a > 2{end}") == [{"a": 3}, {"a": 4}]


@pytest.mark.parametrize(
    "query",
    ["DROP TABLE t", "SELECT 1; DROP TABLE t", "SELECT 1) AS x; DROP TABLE t; SELECT * FROM (SELECT 1", "nonsense"],
)
def test_a_query_that_is_not_one_select_is_refused_and_harms_nothing(path: str, query: str) -> None:
    made(path, "CREATE TABLE t AS SELECT 1 AS a")
    with duckdb.connect(path, config={"memory_limit": "256MB"}), pytest.raises(SourceError) as caught:
        rows(path, query=query)
    assert path in str(caught.value)
    assert rows(path, table="t") == [{"a": 1}]


def test_a_misspelt_table_is_offered_the_nearest_one(path: str) -> None:
    made(path, "CREATE TABLE orders AS SELECT 1 AS a")
    with pytest.raises(SourceError, match="Did you mean 'orders'"):
        rows(path, table="ordesr")


def test_a_variable_of_the_program_is_no_table(path: str) -> None:
    """DuckDB's Python client looks for tables among the caller's variables; a config must not reach into a program."""
    made(path, "CREATE TABLE t AS SELECT 1 AS a")
    connection = schema = pa.table({"secret": [1]})
    for name in ("connection", "schema"):
        with pytest.raises(SourceError):
            rows(path, query=f"SELECT * FROM {name}")
    assert connection is schema


def test_a_file_that_is_no_database_is_named(path: str) -> None:
    Path(path).write_bytes(b"not a database at all, " * 500)
    with pytest.raises(SourceError, match="not a DuckDB database") as caught:
        rows(path, table="t")
    assert path in str(caught.value)


def test_a_missing_file_is_not_created(path: str) -> None:
    with pytest.raises(SourceError):
        rows(path, table="t")
    assert not Path(path).exists()


def test_types_come_as_the_engine_has_them(path: str) -> None:
    made(
        path,
        "CREATE TABLE t AS SELECT 18446744073709551615::UBIGINT u, 1.50::DECIMAL(5,2) d, "
        "'2024-01-02 03:04:05+07'::TIMESTAMPTZ z, [1, NULL]::TINYINT[] l, {'a': 1::SMALLINT, 'b c': 'x'} s, "
        "170141183460469231731687303715884105::HUGEINT h",
    )
    scan, found = read_all(source(path, table="t"), ReadRequest())
    assert scan.schema.field("u").type == pa.uint64()
    assert scan.schema.field("d").type == pa.decimal128(5, 2)
    assert scan.schema.field("z").type == pa.timestamp("us", "UTC")
    assert scan.schema.field("l").type.value_type == pa.int8()
    assert scan.schema.field("s").type.field("b c").type == pa.string()
    row = found.to_pylist()[0]
    assert row["z"].isoformat() == "2024-01-01T20:04:05+00:00"
    assert int(row["h"]) == 170141183460469231731687303715884105
    assert (row["u"], str(row["d"]), row["l"]) == (2**64 - 1, "1.50", [1, None])


@pytest.mark.parametrize(
    "filter_text",
    ["f > 1.5", "f = 1", "d > 1", "day > '2024-01-01'", "flag = true", "i > 1.5", "small = 1000", "i > 5 OR i < 2"],
)
def test_a_filter_that_the_engine_may_judge_otherwise_stays_with_it(path: str, filter_text: str) -> None:
    made(path, "CREATE TABLE t (f DOUBLE, d DECIMAL(9,2), day DATE, flag BOOLEAN, i INTEGER, small TINYINT)")
    request = ReadRequest(columns=("f",), filter=parse_predicate(filter_text), limit=3)
    absorbed = source(path, table="t").scan(request).absorbed
    assert (absorbed.filter, absorbed.limit, absorbed.columns) == (None, None, None)


def test_texts_are_compared_by_bytes_whatever_the_collation(path: str) -> None:
    made(path, "CREATE TABLE t (a VARCHAR COLLATE NOCASE)", "INSERT INTO t VALUES ('A'), ('a'), ('b'), (NULL)")
    request = ReadRequest(filter=parse_predicate("a = 'a'"))
    assert source(path, table="t").scan(request).absorbed.filter is not None
    assert rows(path, request, table="t") == [{"a": "a"}]


def test_a_database_that_this_process_is_writing_can_be_read(path: str) -> None:
    made(path, "CREATE TABLE t AS SELECT 1 AS a")
    with duckdb.connect(path) as mine:
        mine.execute("INSERT INTO t VALUES (2)")
        assert rows(path, table="t") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("table", ["v", "named"])
def test_what_has_no_row_ids_is_read_without_marks(path: str, table: str) -> None:
    made(
        path,
        "CREATE TABLE t AS SELECT 7 AS a",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE TABLE named AS SELECT 7 AS RowId",
    )
    scan = scanned(source(path, table=table), ReadRequest())
    messages = read_partition(source(path, table=table), scan, scan.partitions[0])
    assert [type(message) for message in messages] == [Rows]


def test_rows_come_in_the_order_of_their_ids_over_many_row_groups(path: str) -> None:
    made(path, "CREATE TABLE t AS SELECT range AS a FROM range(500000)")
    scan = scanned(source(path, table="t"), ReadRequest())
    messages = read_partition(source(path, table="t"), scan, scan.partitions[0])
    whole = pa.concat_arrays([m.data.column("a") for m in messages if isinstance(m, Rows)])
    assert whole.equals(pa.array(range(500_000), pa.int64()))
    marks = [message.position for message in messages if isinstance(message, Mark)]
    assert len(marks) >= 1
    rest = read_partition(source(path, table="t"), scan, scan.partitions[0], marks[0])
    first = marks[0].value["rowid"]  # type: ignore[call-overload, index]
    assert sum(m.data.num_rows for m in rest if isinstance(m, Rows)) == 499_999 - first
