"""Types of JSON columns from sampled rows: the narrowest that holds every sampled value without losing a digit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import pyarrow as pa

from conduit.connectors._lib.json_numbers import MAX_DIGITS, digits_of, keeps_digits
from conduit.connectors._lib.json_text import Number, Value

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(Z|[+-]\d\d(?::?\d\d)?)?")


class Shape:
    """What was seen in one place of the rows; `kind` names the type for it.

    Values of different kinds in one place widen it to text, in which each is its own JSON.
    """

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._fields: dict[str, Shape] = {}
        self._item: Shape | None = None
        self._least = self._most = 0
        self._whole = self._fraction = 0
        self._floats = self._exact = self._finite = True
        self._texts: set[str] = set()

    def add(self, value: Value) -> None:
        """Look at one value."""
        if value is None:
            return
        if isinstance(value, Number):
            self._add_number(value)
        elif isinstance(value, bool):
            self._kinds.add("bool")
        elif isinstance(value, str):
            self._kinds.add("text")
            if len(self._texts) < 2:
                self._texts.add(_text_kind(value))
        elif isinstance(value, dict):
            self._kinds.add("object")
            for key, inner in value.items():
                shape = self._fields.get(key)
                if shape is None:
                    shape = self._fields[key] = Shape()
                shape.add(inner)
        else:
            self._kinds.add("array")
            self._item = self._item or Shape()
            for inner in value:
                self._item.add(inner)

    def kind(self, dates: bool) -> pa.DataType:
        """The type; `dates` recognises ISO 8601 dates and timestamps in text."""
        match sorted(self._kinds):
            case ["bool"]:
                return pa.bool_()
            case ["integer"]:
                return self._integer()
            case ["number"] | ["integer", "number"]:
                return self._real()
            case ["text"] if dates and len(self._texts) == 1:
                return _TEXT_KINDS[next(iter(self._texts))]
            case ["object"] if self._fields:
                return pa.struct([(name, shape.kind(dates)) for name, shape in self._fields.items()])
            case ["array"]:
                return pa.list_((self._item or Shape()).kind(dates))
        return pa.string()

    def fields(self, dates: bool) -> dict[str, pa.DataType]:
        """The types of an object's keys, in the order in which they were first seen."""
        return {name: shape.kind(dates) for name, shape in self._fields.items()}

    def _add_number(self, text: Number) -> None:
        digits = digits_of(text)
        self._floats = self._floats and keeps_digits(text)
        if digits is None:
            self._finite = False
        else:
            self._whole, self._fraction = max(self._whole, digits[0]), max(self._fraction, digits[1])
        if "." in text or "e" in text or "E" in text or digits is None:
            self._kinds.add("number")
        else:
            self._kinds.add("integer")
            self._least, self._most = min(self._least, int(text)), max(self._most, int(text))

    def _integer(self) -> pa.DataType:
        if self._least >= -(1 << 63) and self._most < 1 << 63:
            return pa.int64()
        if self._least >= 0 and self._most < 1 << 64:
            return pa.uint64()
        return _decimal(self._whole, 0)

    def _real(self) -> pa.DataType:
        if self._floats or not self._finite or self._whole + self._fraction > MAX_DIGITS:
            return pa.float64()
        return _decimal(self._whole, self._fraction)


def infer_schema(rows: Iterable[Mapping[str, Value]], declared: Mapping[str, pa.DataType], dates: bool) -> pa.Schema:
    """The schema of sampled rows: keys as they are first seen, then declared columns that no row has."""
    shape = Shape()
    for row in rows:
        # Of a declared column only its place among the others is of interest.
        shape.add({name: None if name in declared else value for name, value in row.items()})
    inferred = shape.fields(dates)
    return pa.schema(list({**inferred, **declared}.items()))


def _decimal(whole: int, fraction: int) -> pa.DataType:
    # As wide as decimals get: later values may have more digits before the point than the sampled ones.
    return pa.decimal128(38, fraction) if whole + fraction <= 38 else pa.decimal256(MAX_DIGITS, fraction)


_TEXT_KINDS = {
    "text": pa.string(),
    "date": pa.date32(),
    "moment": pa.timestamp("us"),
    "zoned": pa.timestamp("us", "UTC"),
}


def _text_kind(text: str) -> str:
    try:
        if _DATE.fullmatch(text):
            date.fromisoformat(text)
            return "date"
        if match := _MOMENT.fullmatch(text):
            datetime.fromisoformat(text)
            return "zoned" if match[1] else "moment"
    except ValueError:
        pass
    return "text"
