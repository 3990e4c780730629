"""Every type comes as the catalogue has it, and every value as another driver reads it; none is changed in silence."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit.sdk import ReadRequest

from ..servers.postgresql import Database, Server, fresh_database
from .postgresql_reading import rejects, rows, source

_EXACT: list[tuple[str, pa.DataType, list[str]]] = [
    ("boolean", pa.bool_(), ["true", "false"]),
    ("smallint", pa.int16(), ["-32768", "32767"]),
    ("integer", pa.int32(), ["-2147483648", "2147483647"]),
    ("bigint", pa.int64(), ["-9223372036854775808", "9223372036854775807"]),
    ("oid", pa.int64(), ["0", "4294967295"]),
    ("real", pa.float32(), ["0.5", "-16777216", "'-Infinity'", "'-0'"]),
    ("double precision", pa.float64(), ["5e-324", "1.7976931348623157e308", "'Infinity'", "0.1", "'-0'"]),
    ("numeric(5,2)", pa.decimal128(5, 2), ["999.99", "-0.01", "0"]),
    ("numeric(38,10)", pa.decimal128(38, 10), ["9999999999999999999999999999.9999999999", "-0.0000000001"]),
    ("numeric(76,20)", pa.decimal256(76, 20), ["9" * 56 + "." + "9" * 20, "-1e-20"]),
    ("date", pa.date32(), ["'0001-01-01'", "'9999-12-31'", "'1969-12-31'", "'2024-02-29'"]),
    ("time", pa.time64("us"), ["'00:00'", "'23:59:59.999999'"]),
    ("timestamp", pa.timestamp("us"), ["'0001-01-01 00:00:00.000001'", "'9999-12-31 23:59:59.999999'"]),
    ("timestamptz", pa.timestamp("us", "UTC"), ["'2024-03-31 02:30:00+05:30'", "'9999-12-31 23:59:59.999999+00'"]),
    ("bytea", pa.binary(), [r"'\x'", r"'\x00ff5c0a09'"]),
    ("text", pa.string(), ["''", "E'a\\tb\\nc\\rd\\\\N'", "E'\\\\N'", "'NULL'", "'\"'", "E'\\b\\f\\v\\x01'", "'🦆'"]),
    ("varchar(9)", pa.string(), ["' x '"]),
    ("boolean[]", pa.list_(pa.bool_()), ["'{t,f,NULL}'", "'{}'"]),
    ("integer[]", pa.list_(pa.int32()), ["'{1,NULL,-5}'", "'{}'"]),
    ("double precision[]", pa.list_(pa.float64()), ["'{0.1,Infinity,NULL}'"]),
    ("numeric(30,4)[]", pa.list_(pa.decimal128(30, 4)), ["'{99999999999999999999999999.9999,-0.0001}'"]),
    ("date[]", pa.list_(pa.date32()), ["'{2024-02-29,NULL}'"]),
    ("timestamptz[]", pa.list_(pa.timestamp("us", "UTC")), ["'{\"2024-03-31 02:30:00+05:30\"}'"]),
    ("text[]", pa.list_(pa.string()), [r"""E'{"a,b","q\\"q","\\\\n",NULL,"NULL","","\n\t","{}"}'""", "'{}'"]),
    ("bytea[]", pa.list_(pa.binary()), [r"""E'{"\\\\x00ff",NULL,"\\\\x"}'"""]),
]  # fmt: skip

_AS_TEXT = {
    "numeric": ["123456789012345678901234567890.000000000000000000000000000001", "NaN", "-0.10"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "json": ['{"a": 1,  "b": "\\u00e9\\n"}'],
    "jsonb": ['{"a": [1, null, "x\\\\y"]}'],
    "interval": ["P1Y2M3DT4H5M6.000007S", "P-1DT-2H", "PT0S"],
    "timetz": ["03:04:05.000006+05:30"],
    "char(4)": ["ab  "],
    "inet": ["10.0.0.1", "2001:db8::/32"],
    "macaddr": ["08:00:2b:01:02:03"],
    "bit(5)": ["10101"],
    "bit varying": ["", "1"],
    "point": ["(1.5,-2)"],
    "polygon": ["((0,0),(1,1),(2,0))"],
    "int4range": ["[1,10)", "empty"],
    "int4multirange": ["{[1,3),[5,7)}"],
    "tsvector": ["'a' 'cat''s'"],
    "mood": ['it\'s, "so" so\\'],
    "pair": ['(1,"a ""b"" \\\\")'],
    "int2vector": ["1 2 3"],
    "pg_lsn": ["16/B374D848"],
}


@pytest.fixture(scope="module")
def shared(server: Server) -> Any:
    with fresh_database(server) as database:
        yield database


def test_types_and_their_extremes_are_exact(any_database: Database) -> None:
    columns = ", ".join(f"c{i} {declared}" for i, (declared, _, _) in enumerate(_EXACT))
    any_database.execute(f"CREATE TABLE t (row serial, {columns})")
    for number, (_, _, values) in enumerate(_EXACT):
        for value in [*values, "NULL"]:
            any_database.execute(f"INSERT INTO t (c{number}) VALUES ({value})")
    schema = source(any_database, table="t").scan(ReadRequest()).schema
    assert [field.type for field in schema][1:] == [kind for _, kind, _ in _EXACT]
    expected = any_database.rows("SELECT * FROM t ORDER BY row")
    found = sorted((tuple(row.values()) for row in rows(any_database, table="t")), key=lambda row: row[0])
    assert [tuple(map(_plain, row)) for row in found] == [tuple(map(_plain, row)) for row in expected]


def test_floats_that_are_no_numbers_are_themselves(shared: Database) -> None:
    [row] = rows(shared, query="SELECT 'NaN'::float8 a, 'NaN'::float4 b, ARRAY['NaN', NULL]::float8[] c")
    assert [str(value) for value in (row["a"], row["b"], row["c"][0], row["c"][1])] == ["nan", "nan", "nan", "None"]


def test_a_real_has_all_its_bits(shared: Database) -> None:
    [row] = rows(shared, query="SELECT 1e-45::real a, 3.4028235e38::real b, 0.1::real c")
    assert pa.array(row.values(), pa.float32()).equals(pa.array([1e-45, 3.4028235e38, 0.1], pa.float32()))


def test_all_other_types_are_the_text_that_postgresql_writes(any_database: Database) -> None:
    any_database.execute(
        "CREATE TYPE mood AS ENUM ('it''s, \"so\" so\\')",
        "CREATE TYPE pair AS (a integer, b text)",
        f"CREATE TABLE t ({', '.join(f'c{i} {declared}' for i, declared in enumerate(_AS_TEXT))})",
    )
    with any_database.server.connected(any_database.name) as connection:
        for number, values in enumerate(_AS_TEXT.values()):
            for value in values:
                connection.execute(f"INSERT INTO t (c{number}) VALUES (%s)", (value,))
    schema = source(any_database, table="t").scan(ReadRequest()).schema
    assert set(schema.types) == {pa.string()}
    found = rows(any_database, table="t")
    for number, values in enumerate(_AS_TEXT.values()):
        assert [row[f"c{number}"] for row in found if row[f"c{number}"] is not None] == values


def test_domains_are_what_they_are_made_of(shared: Database) -> None:
    shared.execute(
        "CREATE DOMAIN price AS numeric(12,2) CHECK (VALUE >= 0)",
        "CREATE DOMAIN fine_price AS price",
        "CREATE TABLE priced (a price, b fine_price, c price[])",
        "INSERT INTO priced VALUES (1.5, 2.25, '{3.75,NULL}')",
    )
    schema = source(shared, table="priced").scan(ReadRequest()).schema
    assert schema.types == [pa.decimal128(12, 2), pa.decimal128(12, 2), pa.list_(pa.decimal128(12, 2))]
    assert rows(shared, table="priced") == [{"a": Decimal("1.50"), "b": Decimal("2.25"), "c": [Decimal("3.75"), None]}]


def test_scales_beyond_the_precision_and_below_zero(shared: Database) -> None:
    found = source(shared, query="SELECT 12300::numeric(3,-2) a, 0.00012::numeric(2,5) b")
    assert found.scan(ReadRequest()).schema.types == [pa.decimal128(5, 0), pa.decimal128(5, 5)]
    assert rows(shared, query="SELECT 12300::numeric(3,-2) a, 0.00012::numeric(2,5) b") == [
        {"a": Decimal(12300), "b": Decimal("0.00012")}
    ]


_SPECIAL = {
    "numeric(9,2)": ["NaN"],
    "numeric(50,2)": ["NaN"],
    "date": ["infinity", "-infinity", "0044-03-15 BC", "12024-01-01"],
    "timestamp": ["infinity", "-infinity", "0044-03-15 00:00:00 BC", "10000-01-01 00:00:00"],
    "timestamptz": ["infinity", "294276-12-31 23:59:59+00"],
    "time": ["24:00:00"],
    "integer[]": ["{{1,2},{3,4}}"],
    "numeric(9,2)[]": ["{1.00,NaN}"],
    "date[]": ["{2024-01-01,infinity}"],
}


@pytest.mark.parametrize("declared", _SPECIAL)
def test_values_without_a_place_are_rejected_or_text_or_null_as_told(shared: Database, declared: str) -> None:
    """Other readers make 0, a wrong year or an error of them."""
    shared.execute("DROP TABLE IF EXISTS odd", f"CREATE TABLE odd (id integer, a {declared})")
    for number, value in enumerate(_SPECIAL[declared]):
        shared.execute("INSERT INTO odd SELECT g, NULL FROM generate_series(1, 3) g")
        shared.execute(f"INSERT INTO odd VALUES ({100 + number}, '{value}')")
    found = rejects(shared, table="odd")
    assert [(r["field"], r["value"]) for r in found] == [("a", _rejected_spelling(v)) for v in _SPECIAL[declared]]
    assert all(r["code"] == "special_value" and b'"id": "10' in r["raw"] for r in found)
    assert {row["id"] for row in rows(shared, table="odd")} == {1, 2, 3}
    assert rejects(shared, table="odd", on_special="text") == []
    as_text = [row["a"] for row in rows(shared, table="odd", on_special="text") if row["id"] >= 100]
    assert as_text == _SPECIAL[declared]
    told: list[str] = []
    nulled = rows(shared, ReadRequest(notice=told.append), table="odd", on_special="null")
    assert len(nulled) == 4 * len(_SPECIAL[declared])
    assert [t.split()[0] for t in told] == [str(len(_SPECIAL[declared]))]


def test_a_value_without_a_place_does_not_harm_its_neighbours(shared: Database) -> None:
    shared.execute(
        "DROP TABLE IF EXISTS many",
        "CREATE TABLE many AS SELECT g AS id, "
        "(CASE WHEN g % 1000 = 0 THEN 'NaN' ELSE g::text END)::numeric(12,3) AS n, "
        "E'back\\\\slash\\n' || g AS s, ARRAY[g, NULL] AS l, decode('00ff', 'hex') AS b "
        "FROM generate_series(1, 5000) g",
    )
    found = rows(shared, table="many")
    assert [row["id"] for row in found] == [g for g in range(1, 5001) if g % 1000]
    assert all(
        (row["n"], row["s"], row["l"], row["b"])
        == (Decimal(row["id"]), f"back\\slash\n{row['id']}", [row["id"], None], b"\0\xff")
        for row in found
    )
    assert [r["raw"].decode().split(",")[0] for r in rejects(shared, table="many")] == [
        f'{{"id": "{g}"' for g in range(1000, 5001, 1000)
    ]


def test_text_that_is_no_utf8_is_rejected(server: Server) -> None:
    """A database of the encoding SQL_ASCII holds any bytes."""
    with server.connected() as connection:
        connection.execute("DROP DATABASE IF EXISTS bytes_only")
        connection.execute(
            "CREATE DATABASE bytes_only TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    database = Database(server, "bytes_only")
    with server.connected("bytes_only") as connection:
        connection.execute("CREATE TABLE t (a text)")
        connection.execute("INSERT INTO t VALUES ('ok'), (E'\\xff'), (NULL)")
    assert rows(database, table="t") == [{"a": "ok"}, {"a": None}]
    assert [r["value"] for r in rejects(database, table="t")] == ["\\xff"]
    with server.connected() as connection:
        connection.execute("DROP DATABASE bytes_only WITH (FORCE)")


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30) | st.sampled_from(
    ["\\N", "\\", "\\\\n", "\n", "\r\n", "\t", '"', "{", "[[", "NULL", "\\.", "d\n", " ", "\u2028", "\ufeff"]
)
_ROW = st.tuples(
    st.none() | st.booleans(),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.decimals(-(10**18), 10**18, places=7),
    st.none() | st.dates(),
    st.none() | st.datetimes(),
    st.none() | st.times(),
    st.none() | st.binary(max_size=20),
    st.none() | _TEXT,
    st.none() | st.lists(st.none() | _TEXT, max_size=4),
    st.none() | st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=4),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_ROW, max_size=12))
def test_whatever_is_stored_is_read(shared: Database, stored: list[tuple[Any, ...]]) -> None:
    with shared.server.connected(shared.name) as connection:
        connection.execute("DROP TABLE IF EXISTS anything")
        connection.execute(
            "CREATE TABLE anything (a boolean, b bigint, c float8, d numeric(30,7), e date, f timestamp, g time, "
            "h bytea, i text, j text[], k integer[])"
        )
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO anything VALUES ({', '.join(['%s'] * 11)})", stored)
    assert [tuple(row.values()) for row in rows(shared, table="anything")] == stored


def _plain(value: Any) -> Any:
    """Values of two drivers, made comparable: a zone as an offset, bytes as bytes, -0.0 told from 0.0."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.timestamp()
    if isinstance(value, memoryview):
        return bytes(value)
    return repr(value) if isinstance(value, float) else value


def _rejected_spelling(value: str) -> str:
    """A list is shown as the JSON in which it travels."""
    if not value.startswith("{"):
        return value
    items = (
        value.replace("{", '["').replace("}", '"]').replace(",", '","').replace('["["', '[["').replace('"]"]', '"]]')
    )
    return items.replace(']","["', '"],["').replace('""', '"')
