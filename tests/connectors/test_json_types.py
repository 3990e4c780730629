"""Inferred types hold every sampled value and every digit; values that do not fit a type become rejects."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .json_reading import read_json


def _lines(*values: str) -> bytes:
    return "".join(f'{{"v":{value}}}\n' for value in values).encode()


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (["1", "-9223372036854775808"], "int64", [1, -(2**63)]),
        (["1", "18446744073709551615"], "uint64", [1, 2**64 - 1]),
        (["-1", "18446744073709551615"], "decimal128(38, 0)", [Decimal(-1), Decimal(2**64 - 1)]),
        (["1", "2.5"], "double", [1.0, 2.5]),
        (["0.1", "1e22", "5e-324"], "double", [0.1, 1e22, 5e-324]),
        (["12345678901234567.89", "1"], "decimal128(38, 2)", [Decimal("12345678901234567.89"), Decimal("1.00")]),
        (["0.5", "1" * 40 + ".25"], "decimal256(76, 2)", [Decimal("0.50"), Decimal("1" * 40 + ".25")]),
        (["true", "null", "false"], "bool", [True, None, False]),
        (['"x"', "null"], "string", ["x", None]),
        (["null", "null"], "string", [None, None]),
        (['"2024-02-29"', '"1999-12-31"'], "date32[day]", [dt.date(2024, 2, 29), dt.date(1999, 12, 31)]),
        (['"2024-02-29T10:00:00"'], "timestamp[us]", [dt.datetime(2024, 2, 29, 10)]),
        (['"2024-02-29T10:00:00+02:00"'], "timestamp[us, tz=UTC]", [dt.datetime(2024, 2, 29, 8, tzinfo=dt.UTC)]),
        (['"2024-02-30"'], "string", ["2024-02-30"]),
        (['"2024-02-29"', '"2024-02-29T10:00:00"'], "string", ["2024-02-29", "2024-02-29T10:00:00"]),
        (["[1,null]", "[]", "null"], "list<item: int64>", [[1, None], [], None]),
        (["[]"], "list<item: string>", [[]]),
        (["{}"], "string", ["{}"]),
        (['{"x":1}', '{"y":[true]}'], "struct<x: int64, y: list<item: bool>>",
         [{"x": 1, "y": None}, {"x": None, "y": [True]}]),
    ],
)  # fmt: skip
def test_the_type_is_the_narrowest_that_loses_nothing(
    tmp_path: Path, values: list[str], kind: str, read: list[Any]
) -> None:
    outcome = read_json(tmp_path, _lines(*values))
    assert outcome.types == {"v": kind}
    assert outcome.column("v") == read
    assert outcome.rejects == []


def test_values_of_different_kinds_widen_to_their_text(tmp_path: Path) -> None:
    outcome = read_json(tmp_path, _lines("1.50", '"x"', "true", '{"a": [1,"é"]}', "null"))
    assert outcome.types == {"v": "string"}
    assert outcome.column("v") == ["1.50", "x", "true", '{"a":[1,"é"]}', None]


def test_dates_can_be_left_as_text(tmp_path: Path) -> None:
    assert read_json(tmp_path, _lines('"2024-02-29"'), infer_dates=False).types == {"v": "string"}


def test_keys_come_in_the_order_of_the_file_and_may_be_absent(tmp_path: Path) -> None:
    outcome = read_json(tmp_path, b'{"b":1}\n{"a":2,"b":3}\n{}\n')
    assert list(outcome.types) == ["b", "a"]
    assert outcome.rows == [{"b": 1, "a": None}, {"b": 3, "a": 2}, {"b": None, "a": None}]


@pytest.mark.parametrize(
    ("kind", "good", "read", "bad"),
    [
        ("int64", "5.0", 5, ["5.5", '"5"', "true", "9223372036854775808", "1e999999999", "[5]"]),
        ("int8", "-128", -128, ["128"]),
        ("uint64", "18446744073709551615", 2**64 - 1, ["-1", "18446744073709551616"]),
        ("float64", "12345678901234567.89", 12345678901234568.0, ["1e400", '"1.5"', "false"]),
        ("float32", "0.5", 0.5, ["3.5e38"]),
        ("decimal(6,2)", "1234.5", Decimal("1234.50"), ["1.239", "12345", "1e-999999999", "true", '"x"']),
        ("decimal(6,2)", '"1234.56"', Decimal("1234.56"), ["{}"]),
        ("bool", "true", True, ["1", '"true"']),
        ("date", '"2024-02-29"', dt.date(2024, 2, 29), ['"2024-02-30"', '"29.2.2024"', "5", '"2024-02-29T00:00:00"']),
        ("timestamp", '"2024-02-29 10:00:00.123456"', dt.datetime(2024, 2, 29, 10, 0, 0, 123456),
         ['"2024-02-29T10:00:00Z"', '"2024-02-29T10:00:00.1234567"', "0"]),
        ("timestamptz", '"2024-02-29T10:00:00Z"', dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC),
         ['"2024-02-29T10:00:00"']),
        ("time", '"10:00:00"', dt.time(10), ['"25:00:00"', "10"]),
        ("duration", "1500000", dt.timedelta(seconds=1.5), ['"PT1S"', "0.5"]),
        ("binary", '"AAECAw=="', b"\0\1\2\3", ['"AAEC$w=="', "5"]),
        ("string", "12345678901234567.890", "12345678901234567.890", []),
        ("list<int64>", "[1,null]", [1, None], ['["1"]', "1", '{"a":1}']),
        ("struct<x: int64>", '{"x":1}', {"x": 1}, ['{"x":"1"}', '{"x":1,"y":2}', "1", "[]"]),
    ],
)  # fmt: skip
def test_a_declared_type_is_kept_and_what_does_not_fit_is_a_reject(
    tmp_path: Path, kind: str, good: str, read: Any, bad: list[str]
) -> None:
    outcome = read_json(tmp_path, _lines(good, *bad, "null"), columns={"v": kind})
    assert outcome.column("v") == [read, None]
    assert [reject["line"] for reject in outcome.rejects] == list(range(2, 2 + len(bad)))
    assert {reject["code"] for reject in outcome.rejects} <= {"json_type", "json_extra_key"}
    assert all(reject["field"].startswith("v") for reject in outcome.rejects)


def test_a_later_value_that_would_lose_digits_is_a_reject(tmp_path: Path) -> None:
    """The sample said float64; a number that it cannot show must not be cut silently."""
    values = ["0.5", "0.1234567890123456", "0.10000000000000001", "12345678901234567.89", "9007199254740993"]
    outcome = read_json(tmp_path, _lines(*values), sample_size=1)
    assert outcome.column("v") == [0.5, 0.1234567890123456, 0.1]
    assert outcome.reasons == [(4, "json_precision"), (5, "json_precision")]


def test_a_key_that_no_sampled_row_has_is_a_reject_and_a_null_one_is_not(tmp_path: Path) -> None:
    outcome = read_json(tmp_path, b'{"a":1}\n{"a":2,"new":3}\n{"a":4,"new":null}\n', sample_size=1)
    assert outcome.column("a") == [1, 4]
    assert outcome.reasons == [(2, "json_extra_key")]
    assert outcome.rejects[0]["field"] == "new"
    assert read_json(tmp_path, b'{"a":1}\n{"a":2,"new":3}\n', sample_size=None).rejects == []


def test_the_middle_and_the_end_of_a_large_file_are_sampled(tmp_path: Path) -> None:
    line = b'{"a":1,"pad":"' + b"x" * 1000 + b'"}\n'
    content = line * 2010 + b'{"a":1.5,"pad":null}\n' + line * 1990 + b'{"late":true}\n'
    outcome = read_json(tmp_path, content)
    assert outcome.types == {"a": "double", "pad": "string", "late": "bool"}
    assert (len(outcome.rows), outcome.rejects) == (4002, [])
