"""Strict reading of one JSON text, and writing a value back as text: numbers keep every digit that was written."""

from __future__ import annotations

import json
import re
from typing import TypeAlias, Union

MAX_DEPTH = 64
SHOWN = 200

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Number(str):
    """A number as it was written."""

    __slots__ = ()


Value: TypeAlias = Union[bool, Number, str, list["Value"], dict[str, "Value"], None]


class BadRow(Exception):
    """Why a text is no row. `at` is a 0-based character of the text; `field` and `value` name what is at fault."""

    def __init__(
        self, code: str, message: str, *, at: int | None = None, field: str | None = None, value: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at
        self.field = field
        self.value = value


def parse_row(raw: bytes) -> dict[str, Value]:
    """The object that `raw` is. Raises BadRow when it is anything else, or no JSON as RFC 8259 defines it.

    A key that is repeated is an error, unless one of its values is null: then the other one counts.
    """
    value = parse_text(raw)
    if not isinstance(value, dict):
        raise BadRow("json_not_object", f"A row must be an object, not {_kind(value)}.", value=text_of(value)[:SHOWN])
    return value


def parse_text(raw: bytes) -> Value:
    """The one value that `raw` is. Raises BadRow."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as bad:
        at = len(raw[: bad.start].decode())
        raise BadRow("json_encoding", f"The byte 0x{raw[bad.start]:02x} is not UTF-8.", at=at) from None
    try:
        value: Value = _DECODER.decode(text)
    except json.JSONDecodeError as bad:
        raise BadRow("json_syntax", f"This is not JSON: {bad.msg}.", at=bad.pos) from None
    except _NoNumber as bad:
        raise BadRow("json_syntax", f"This is not JSON: {bad} is no number.", at=text.find(str(bad))) from None
    except RecursionError:
        raise _too_deep() from None
    # Counting brackets is much cheaper than walking, and an upper bound of the depth.
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _too_deep()
    if _SURROGATE.search(text):
        try:
            text_of(value).encode()
        except UnicodeEncodeError:
            raise BadRow("json_encoding", "A \\u escape is half of a surrogate pair: it is no character.") from None
    return value


def text_of(value: Value) -> str:
    """A value as compact JSON text. Numbers are written as they were read."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(key)}:{text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return _quoted(value)


class _NoNumber(ValueError):
    """NaN and Infinity, which Python would take."""


def _refuse_constant(name: str) -> Value:
    raise _NoNumber(name)


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) < len(pairs):
        found = {}
        for key, value in pairs:
            if found.get(key) is None:
                found[key] = value
            elif value is not None:
                raise BadRow(
                    "json_duplicate_key",
                    f"The key {key!r} stands twice in one object.",
                    field=key,
                    value=text_of(value)[:SHOWN],
                )
    return found


def _quoted(value: str | bool | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def _depth(value: Value) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _too_deep() -> BadRow:
    return BadRow("json_depth", f"The row is nested deeper than {MAX_DEPTH} levels.")


def _kind(value: Value) -> str:
    if isinstance(value, list):
        return "an array"
    return {type(None): "null", bool: "a boolean", Number: "a number"}.get(type(value), "a string")


_DECODER = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=_refuse_constant, object_pairs_hook=_object
)
