"""PostgreSQL's types as Arrow's, and the text in which their values travel.

| PostgreSQL | Arrow |
|---|---|
| boolean, smallint, integer, bigint, oid | bool, int16, int32, int64, int64 |
| real, double precision | float32, float64 |
| numeric(p, s) | decimal128, decimal256 above 38 digits; text above 76 |
| numeric without precision | text: no decimal holds all of them |
| date, time, timestamp, timestamptz | date32, time64[us], timestamp[us], timestamp[us, UTC] |
| bytea | binary |
| arrays of these | lists |
| domains | what they are made of |
| all others: text, uuid, json, enums, intervals (ISO 8601), timetz, composites, ranges, inet, bit, money, ... | text |

Some values of numbers and times have no place in Arrow: NaN among decimals, infinite dates, years before 1 and after
9999, 24:00, arrays of several dimensions. They are `special`, and the user says what becomes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyarrow as pa

from conduit.connectors._lib.sql import quote

Form: TypeAlias = Literal["plain", "cast", "hex", "list"]
"""How the text becomes an array: by the CSV parser, by a cast, from hexadecimal digits, from a JSON array of texts."""

_SIMPLE: dict[str, pa.DataType] = {
    "bool": pa.bool_(), "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "oid": pa.int64(),
    "float4": pa.float32(), "float8": pa.float64(), "date": pa.date32(), "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"), "timestamptz": pa.timestamp("us", "UTC"), "bytea": pa.binary(),
}  # fmt: skip
_SPECIAL = frozenset({"numeric", "date", "time", "timestamp", "timestamptz"})
_BYTEWISE = frozenset({"text", "varchar"})
_MOST_DIGITS = {128: 38, 256: 76}


@dataclass(frozen=True, slots=True)
class PgType:
    """A type as the catalogue has it, domains seen through. `element` is that of an array."""

    name: str
    built_in: bool = True
    composite: bool = False
    element: PgType | None = None


@dataclass(frozen=True, slots=True)
class PgColumn:
    """A column to read. `select` is the expression that gives its text; `item` is how an item of a list is parsed.

    `special` says that it may have values without a place in `type`; `by_bytes` that it is text which compares by its
    bytes under the collation "C"; `null_test` that `IS NULL` is true of what is null here and of nothing else.
    """

    name: str
    type: pa.DataType
    select: str
    form: Form = "plain"
    item: Form = "plain"
    special: bool = False
    by_bytes: bool = False
    null_test: bool = True


def column_of(name: str, kind: PgType, modifier: int, *, specials_as_text: bool) -> PgColumn:
    """How the column is read. With `specials_as_text` one that may have special values is text."""
    own = quote(name)
    if kind.element is not None:
        return _list_column(name, kind.element, modifier, as_text=specials_as_text)
    arrow, form = _scalar(kind, modifier)
    if kind.name in _SPECIAL and kind.built_in and arrow != pa.string():
        if specials_as_text:
            return PgColumn(name, pa.string(), own)
        return PgColumn(name, arrow, own, form, special=True)
    return PgColumn(
        name,
        arrow,
        f"encode({own}, 'hex')" if form == "hex" else own,
        form,
        by_bytes=kind.built_in and kind.name in _BYTEWISE,
        null_test=not kind.composite,
    )


def _list_column(name: str, element: PgType, modifier: int, *, as_text: bool) -> PgColumn:
    own = quote(name)
    if as_text:
        return PgColumn(name, pa.string(), own)
    arrow, form = _scalar(element, modifier)
    # Every item as text: JSON's own numbers would lose digits, and have no NaN.
    return PgColumn(name, pa.list_(arrow), f"array_to_json({own}::text[])", "list", form, special=True)


def _scalar(kind: PgType, modifier: int) -> tuple[pa.DataType, Form]:
    if not kind.built_in:
        return pa.string(), "plain"
    if kind.name == "numeric":
        return _decimal(modifier)
    arrow = _SIMPLE.get(kind.name, pa.string())
    return arrow, "hex" if kind.name == "bytea" else "plain"


def _decimal(modifier: int) -> tuple[pa.DataType, Form]:
    """The decimal for a numeric's modifier; a scale may be negative, or above the precision."""
    if modifier < 4:
        return pa.string(), "plain"
    precision, scale = (modifier - 4) >> 16, (((modifier - 4) & 0x7FF) ^ 1024) - 1024
    if scale < 0:
        precision, scale = precision - scale, 0
    precision = max(precision, scale)
    if precision <= _MOST_DIGITS[128]:
        return pa.decimal128(precision, scale), "plain"
    # Arrow's parser of CSV knows no wider ones.
    return (pa.decimal256(precision, scale), "cast") if precision <= _MOST_DIGITS[256] else (pa.string(), "plain")
