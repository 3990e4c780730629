"""Values are what YAML 1.2 says, because `no`, `12:30` and `014` that change under the user's hands lose data."""

from __future__ import annotations

import math

import pytest

from conduit.config.problems import Problems
from conduit.config.tree import plain
from conduit.config.yaml_text import parse


def value_of(text: str) -> object:
    problems = Problems("ingest.yml")
    node = parse(f"value: {text}".encode(), problems)
    problems.raise_if_any()
    assert node is not None
    return plain(node)["value"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("12:30:45", "12:30:45"),
        ("2024-01-31", "2024-01-31"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("=", "="),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("014", 14),
        ("0o14", 12),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("'014'", "014"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says(text: str, expected: object) -> None:
    found = value_of(text)
    assert (type(found), found) == (type(expected), expected)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(value_of(".nan"))  # type: ignore[arg-type]


def test_keys_are_text_whatever_they_look_like() -> None:
    """A column may be called `no`, `2024` or `null`."""
    assert value_of("{no: a, 2024: b, null: c, true: d}") == {"no": "a", "2024": "b", "null": "c", "true": "d"}


def test_merge_keys_fill_in_what_a_mapping_does_not_say_itself() -> None:
    text = "\n  base: &base {a: 1, b: 1}\n  more: &more {b: 2, c: 2}\n  here:\n    <<: [*base, *more]\n    a: 9"
    merged = value_of(text)
    assert merged["here"] == {"a": 9, "b": 1, "c": 2}  # type: ignore[index]


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert value_of("{'<<': 1}") == {"<<": 1}


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfvalue: a\xc3\xa5", "value: aå".encode("utf-16")])
def test_a_byte_order_mark_is_understood(data: bytes) -> None:
    node = parse(data, Problems("ingest.yml"))
    assert node is not None
    assert plain(node) == {"value": "aå"}
