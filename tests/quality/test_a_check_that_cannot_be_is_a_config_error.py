"""A check that is wrong must say so before a row is read, with the name that was meant."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from conduit.errors import ConfigError
from conduit.quality.checker import Checker
from conduit.quality.model import Check, Expression, Length, NotNull, Regex, Unique

_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("email", pa.string()),
        ("address", pa.struct([("city", pa.string()), ("geo", pa.struct([("lat", pa.float64())]))])),
        ("tags", pa.list_(pa.string())),
        ("a.b", pa.int64()),
    ]
)
_CHECK: TypeAdapter[Check] = TypeAdapter(Check)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("emial", "'email'"), ("adress.city", "'address.city'"), ("address.geo.lta", "'address.geo.lat'"), ("zzz", "id")],
)
def test_a_missing_column_names_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Checker([NotNull(column=name)], _SCHEMA)
    assert nearest in caught.value.remedy
    assert caught.value.place == f"not_null({name})"


def test_a_column_with_a_dot_in_its_name_is_that_column() -> None:
    batch = pa.RecordBatch.from_pylist([{"a.b": None}], schema=_SCHEMA)
    assert Checker([NotNull(column="a.b", action="warn")], _SCHEMA).judge(batch).failures == {"not_null(a.b)": 1}


def test_all_problems_come_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Checker([NotNull(column="x"), Regex(column="id", pattern="a"), Unique(columns=("id", "tags"))], _SCHEMA)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "not_null(x)",
        "regex(id)",
        "unique(id, tags)",
    ]


@pytest.mark.parametrize(
    "check",
    [Regex(column="id", pattern="a"), Length(column="id", min=1), Unique(columns="address"),
     Expression(expression="id + 1"), Expression(expression="id > 'x' || 1"), Expression(expression="nix > 1")],
    ids=lambda check: check.label,
)  # fmt: skip
def test_a_type_that_cannot_be_checked_is_an_error(check: Check) -> None:
    with pytest.raises(ConfigError):
        Checker([check], _SCHEMA)


@pytest.mark.parametrize("pattern", ["(", "(?<=a)b", r"(a)\1", "[z-a]"])
def test_a_pattern_that_is_no_rust_regex_is_an_error(pattern: str) -> None:
    with pytest.raises(ValidationError, match="not a valid regular expression"):
        Regex(column="email", pattern=pattern)


@pytest.mark.parametrize("pattern", [r"\p{Greek}", r"^\d+$", "(?i)abc", "(?P<a>x)", r"\x{1F600}"])
def test_what_only_rust_understands_is_a_pattern(pattern: str) -> None:
    assert Regex(column="email", pattern=pattern).pattern == pattern


@pytest.mark.parametrize(
    "condition",
    ["", "id >", "1 = 1", "sum(id) > 1", "id > (SELECT 1)", "rank() OVER (ORDER BY id) > 1", "id = lag(id)",
     "read_csv('/etc/passwd') = id", "id = 1; DROP TABLE x", "count(*) > id", "first(id) = 1", "random() > id",
     '"sum"(id) > 1', "`sum`(id) > 1", "sum/**/(id) > 1", "sum--\n(id) > 1"],
)  # fmt: skip
def test_a_condition_that_looks_beyond_its_row_is_an_error(condition: str) -> None:
    with pytest.raises((ValidationError, ConfigError)):
        Checker([Expression(expression=condition)], _SCHEMA)


@pytest.mark.parametrize(
    "condition",
    ["email LIKE '%select%'", "coalesce(id, 0) IN (1, 2)", "length(email) > 3 AND NOT (id = 1)", '"a.b" > id',
     "CASE WHEN id > 1 THEN email IS NOT NULL ELSE true END", "CAST(id AS varchar) = '2'"],
)  # fmt: skip
def test_a_condition_of_one_row_is_a_check(condition: str) -> None:
    row: dict[str, Any] = {"id": 2, "email": "select", "a.b": 3}
    batch = pa.RecordBatch.from_pylist([row], schema=_SCHEMA)
    assert Checker([Expression(expression=condition)], _SCHEMA).judge(batch).passed is batch


@pytest.mark.parametrize(
    "written",
    [
        {"check": "range", "column": "x"},
        {"check": "not_null", "column": "x", "max_failures": 3},
        {"check": "not_null", "column": "x", "action": "drop"},
        {"check": "enum", "column": "x", "allowed_values": []},
        {"check": "unique", "columns": []},
        {"check": "length", "column": "x", "min": -1},
        {"check": "nul", "column": "x"},
        {"check": "not_null", "column": "x", "pattern": "a"},
    ],
    ids=str,
)
def test_the_model_is_closed(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _CHECK.validate_python(written)


def test_older_spellings_mean_the_same() -> None:
    assert _CHECK.validate_python({"check": "range", "column": "x", "min_value": 1, "max_value": 2}) == (
        _CHECK.validate_python({"check": "range", "column": "x", "min": 1, "max": 2})
    )
    assert _CHECK.validate_python({"check": "unique", "column": "id"}).columns_used == ("id",)
