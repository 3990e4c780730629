"""Values go into PostgreSQL and come back as they were, in tables that a load makes and in those that people made."""

from __future__ import annotations

import datetime as dt
import decimal
import struct
import uuid
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit.sdk import CommitRejected, SchemaError, WriteMode
from conduit.sdk.suites.examples import AWKWARD_NAMES

from ..servers.postgresql import Database
from .postgresql_loads import destination, load, rows

_HOSTILE_NAMES = ('x"; DROP TABLE precious; --', "', '') ; --", "E'\\\\", "$1", "\u202e")
_DATED = {
    pa.date32(): st.integers(-2_440_588, 2_145_042_905),
    pa.timestamp("us"): st.integers(-210_866_803_200_000_000, 2**63 - 1),
    pa.timestamp("us", "UTC"): st.integers(-210_866_803_200_000_000, 2**63 - 1),
    pa.time64("us"): st.integers(0, 86_399_999_999),
    pa.duration("us"): st.integers(-(2**63) + 1, 2**63 - 1),
}
_VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.bool_(): st.booleans(),
    **{kind: st.integers(-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1)
       for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{kind: st.integers(0, 2**kind.bit_width - 1) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats(),
    pa.string(): st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    pa.binary(): st.binary(max_size=20),
    pa.binary(3): st.binary(min_size=3, max_size=3),
}  # fmt: skip


def _decimals() -> st.SearchStrategy[tuple[pa.DataType, st.SearchStrategy[Any]]]:
    def of(precision: int, scale: int) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
        kind = pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
        most = 10**precision - 1
        whole = st.one_of(st.integers(-most, most), st.integers(-99_999, 99_999).filter(lambda n: abs(n) <= most))
        return kind, whole.map(lambda n: Decimal(f"{n}E-{scale}"))

    return st.integers(1, 76).flatmap(lambda p: st.integers(0, p).map(lambda s: of(p, s)))


_KINDS = st.one_of(st.sampled_from(list(_VALUES.items())), _decimals())


@st.composite
def columns(draw: st.DrawFn) -> pa.Array:
    kind, values = draw(_KINDS)
    if draw(st.booleans()):
        return pa.array(draw(st.lists(st.none() | values, min_size=1, max_size=8)), kind)
    lists = st.lists(st.none() | values, max_size=4)
    return pa.array(draw(st.lists(st.none() | lists, min_size=1, max_size=8)), pa.list_(kind))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=columns(), before=st.integers(0, 2))
def test_any_values_come_back_equal(database: Database, column: pa.Array, before: int) -> None:
    with decimal.localcontext(prec=100):
        column = pa.concat_arrays([pa.nulls(before, column.type), column]).slice(before)  # with an offset
        database.execute("DROP TABLE IF EXISTS orders, _conduit_commits")
        table = pa.table({"n": pa.arange(0, len(column)), "x": column})
        load(destination(database), table)
        found = [value for _, value in sorted(database.rows("SELECT n, x FROM orders"), key=lambda row: row[0])]
        single = "float" in str(column.type)
        assert [_comparable(value, single) for value in found] == [_comparable(v, single) for v in column.to_pylist()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(list(_DATED)), data=st.data())
def test_any_moment_date_and_span_is_the_same_count(database: Database, kind: pa.DataType, data: Any) -> None:
    """Compared on the server, as whole numbers: few programs reach as far as its calendar."""
    counts = data.draw(st.lists(st.none() | _DATED[kind], min_size=1, max_size=6))
    width = pa.int32() if pa.types.is_date(kind) else pa.int64()
    database.execute("DROP TABLE IF EXISTS orders, _conduit_commits")
    load(destination(database), pa.table({"n": pa.arange(0, len(counts)), "x": pa.array(counts, width).view(kind)}))
    count = "x - date '1970-01-01'" if pa.types.is_date(kind) else "extract(epoch FROM x) * 1000000"
    found = database.rows(f"SELECT n, ({count})::numeric(40,0) FROM orders ORDER BY n")
    assert [None if value is None else int(value) for _, value in found] == counts


def test_what_the_catalogue_cannot_say_stands_in_the_columns_comment(any_database: Database) -> None:
    """So that the second load finds the types that the first one had."""
    key = uuid.UUID(int=5)
    table = pa.table({
        "id": pa.array([1], pa.int64()),
        "at": pa.array([dt.timedelta(days=400, microseconds=5)], pa.duration("us")),
        "who": pa.array([key.bytes], pa.uuid()),
        "tree": pa.array([{"x": 1, "y": [{"z": "a"}, None]}]),
        "grid": pa.array([[[1, 2], [3]]]),
        "tags": pa.array([["a", None]]),
    })  # fmt: skip
    to = destination(any_database)
    assert to.stored(table.schema) == table.schema
    load(to, table, "a")
    assert to.describe("orders") == table.schema
    load(to, table, "b")
    found = any_database.rows("SELECT at, who, tree, grid, tags FROM orders")
    span, tree = dt.timedelta(days=400, microseconds=5), {"x": 1, "y": [{"z": "a"}, None]}
    assert found == [(span, key, tree, [[1, 2], [3]], ["a", None])] * 2
    assert ("arrow: duration[us]",) in any_database.rows("SELECT col_description('orders'::regclass, 2)")


def test_tables_that_people_made_take_what_their_types_take(any_database: Database) -> None:
    any_database.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE TYPE pair AS (a int, b text)",
        "CREATE DOMAIN short AS varchar(5) CHECK (value <> 'never')", 'CREATE SCHEMA "odd one"',
        'CREATE TYPE "odd one"."Kind" AS ENUM (\'x\')',
        'CREATE TABLE orders (u uuid, j jsonb, m mood, s short, n numeric, i inet, p pair, b bit(3), r int4range, '
        't timestamp(3), v varchar(4), c char(4), e mood[], k "odd one"."Kind", x interval, big numeric(20,0))',
    )  # fmt: skip
    to = destination(any_database)
    there = to.describe("orders")
    assert there is not None
    values = {
        "u": "12345678-1234-5678-1234-567812345678", "j": '{"a": [1, null]}', "m": "happy", "s": "short", "n": "1e-20",
        "i": "10.0.0.1", "p": '(1,"a b")', "b": "101", "r": "[1,5)", "t": dt.datetime(2024, 1, 1, 0, 0, 0, 123000),
        "v": "abcd", "c": "ab", "e": ["sad", None], "k": "x", "x": "P1DT2H", "big": Decimal(2**64 - 1),
    }  # fmt: skip
    assert there.field("t").type == pa.timestamp("ms")
    load(to, pa.table({name: pa.array([value, None], there.field(name).type) for name, value in values.items()}))
    [found] = any_database.rows(
        "SELECT u::text, m::text, s, n::text, b::text, t, e::text[], k::text, x, big FROM orders WHERE u IS NOT NULL"
    )
    assert found == (
        values["u"], "happy", "short", "0.00000000000000000001", "101", values["t"], ["sad", None], "x",
        dt.timedelta(days=1, hours=2), Decimal(2**64 - 1),
    )  # fmt: skip
    bad_ones = (
        ("u", "no uuid"), ("m", "angry"), ("s", "too long"), ("s", "never"), ("b", "1011"), ("v", "abcde"),
        ("j", "{"), ("k", "y"), ("x", "86400"),
    )  # fmt: skip
    for column, bad in bad_ones:
        with pytest.raises(CommitRejected):
            load(to, pa.table({column: pa.array([bad], pa.string())}), "bad")
    assert len(any_database.rows("SELECT 1 FROM orders")) == 2


def test_keys_of_types_that_travel_as_text_are_compared_as_what_they_are(database: Database) -> None:
    database.execute("CREATE TABLE orders (id uuid PRIMARY KEY, name text)")
    low, high = ("aaaaaaaa-0000-0000-0000-000000000001", "AAAAAAAA-0000-0000-0000-000000000001")
    for mode in (WriteMode.UPSERT, WriteMode.DELETE_INSERT):
        load(destination(database), pa.table({"id": [low, high], "name": ["a", "b"]}).slice(1), mode.value, mode)
        load(destination(database), pa.table({"id": [low], "name": ["a"]}), f"{mode.value}2", mode)
        assert rows(database, "id::text, name") == [(low, "a")]


@pytest.mark.parametrize("name", [*AWKWARD_NAMES, *_HOSTILE_NAMES])
def test_a_name_is_a_name_wherever_it_stands(name: str, database: Database) -> None:
    database.execute("CREATE TABLE precious (id int)")
    quoted = '"' + name.replace('"', '""') + '"'
    table = pa.table({name: pa.array([1], pa.int64()), "tree": pa.array([{"x": 1}])})
    options = {"table_options": {"indexes": [[name]]}, "db_schema": name}
    for mode in WriteMode:
        history = {"valid_from": name[:50] + " from", "valid_to": name[:50] + " to", "is_current": name[:50] + " now"}
        to = destination(database, history=history, **options)
        for token in ("a", "b"):
            load(to, table, f"{token} {mode.value}", mode, table=f"{name} {mode.value}", keys=(name,))
            assert to.find(f"{name} {mode.value}", f"{token} {mode.value}") is not None
        assert to.describe(f"{name} {mode.value}") is not None
        assert to.reader(f"{name} {mode.value}") is not None
    assert database.rows(f"SELECT count(*) FROM {quoted}._conduit_commits") == [(12,)]
    assert database.rows("SELECT count(*) FROM precious") == [(0,)]


def test_names_that_the_server_would_cut_short_are_refused(database: Database) -> None:
    for table, column in (("t" * 64, "c"), ("t", "ä" * 32)):
        with pytest.raises(SchemaError, match="63 bytes"):
            load(destination(database), pa.table({column: [1]}), table=table)
    load(destination(database), pa.table({"ä" * 31: [1], "A": [1], "a": [2]}), table="t" * 63)


def _comparable(value: Any, single: bool) -> Any:
    if isinstance(value, list):
        return [_comparable(item, single) for item in value]
    if isinstance(value, float):
        return struct.pack("f" if single else "d", value) if value == value else "NaN"
    return bytes(value) if isinstance(value, (bytes, memoryview)) else value
