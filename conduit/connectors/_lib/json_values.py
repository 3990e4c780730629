"""One parsed value at a time to what an Arrow column of a type takes: exact, or refused with the reason.

This is what the fast paths are measured against. It runs for rows that those refused, and for small files.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.json_numbers import decimal_safe, keeps_digits
from conduit.connectors._lib.json_text import SHOWN, BadRow, Number, Value, text_of
from conduit.connectors._lib.text_cast import cast_text
from conduit.sdk import type_name

Convert = Callable[[Value], Any]


def converter(kind: pa.DataType, path: str, exact: bool) -> Convert:
    """A function from a parsed value to a Python value for `kind`; it raises BadRow that names `path`.

    `exact` refuses numbers that a float64 would cut; it is off where the user asked for that type.
    """
    if pa.types.is_struct(kind):
        convert = _struct(kind, path, exact)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        convert = _list(kind, path, exact)
    else:
        convert = _scalar(kind, path, exact)
    return lambda value: None if value is None else convert(value)


def row_converter(schema: pa.Schema, exact: frozenset[str]) -> Callable[[dict[str, Value]], list[Any]]:
    """A function from a parsed row to its values in the schema's order. `exact` names the columns that are inferred."""
    columns = {field.name: converter(field.type, field.name, field.name in exact) for field in schema}

    def convert(row: dict[str, Value]) -> list[Any]:
        _refuse_extra(row, columns, "")
        return [function(row.get(name)) for name, function in columns.items()]

    return convert


def _struct(kind: pa.StructType, path: str, exact: bool) -> Convert:
    fields = {field.name: converter(field.type, f"{path}.{field.name}", exact) for field in kind}

    def convert(value: Value) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _misfit(value, kind, path)
        _refuse_extra(value, fields, f"{path}.")
        return {name: function(value.get(name)) for name, function in fields.items()}

    return convert


def _list(kind: pa.DataType, path: str, exact: bool) -> Convert:
    item = converter(kind.value_type, f"{path}[]", exact)

    def convert(value: Value) -> list[Any]:
        if not isinstance(value, list):
            raise _misfit(value, kind, path)
        return [item(element) for element in value]

    return convert


def _scalar(kind: pa.DataType, path: str, exact: bool) -> Convert:
    take = _taker(kind)

    def convert(value: Value) -> Any:
        try:
            taken = take(value)
        except (ValueError, ArithmeticError, pa.ArrowInvalid, binascii.Error):
            raise _misfit(value, kind, path) from None
        if exact and pa.types.is_float64(kind) and not keeps_digits(str(value)):
            raise BadRow(
                "json_precision",
                f"{text_of(value)[:SHOWN]} has more digits than a float64 holds; declare the column {path!r} as a "
                "decimal, or as float64 to let them go.",
                field=path,
                value=text_of(value)[:SHOWN],
            )
        return taken

    return convert


def _taker(kind: pa.DataType) -> Convert:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return lambda value: value if isinstance(value, str) else text_of(value)
    if pa.types.is_boolean(kind):
        return _boolean
    if pa.types.is_integer(kind):
        bits = kind.bit_width
        low, high = (
            (-(1 << bits - 1), (1 << bits - 1) - 1) if pa.types.is_signed_integer(kind) else (0, (1 << bits) - 1)
        )
        return lambda value: _integer(value, low, high)
    if pa.types.is_floating(kind):
        return lambda value: _float(value, kind)
    if pa.types.is_decimal(kind):
        return lambda value: _decimal(value, kind)
    if pa.types.is_duration(kind):
        return lambda value: _integer(value, -(1 << 63), (1 << 63) - 1)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        # Casting one text costs as much as parsing a row; dates and the like repeat themselves.
        moment = lru_cache(4096)(lambda text: cast_text(pa.array([text]), kind)[0].value)
        return lambda value: moment(_text(value))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return lambda value: base64.b64decode(_text(value), validate=True)
    return _nothing


def _boolean(value: Value) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise ValueError
    return value


def _integer(value: Value, low: int, high: int) -> int:
    if not isinstance(value, Number) or len(value) > 400:
        raise ValueError
    if value.lstrip("-").isdigit():
        whole = int(value)
    else:
        number = Decimal(value)
        # The order matters: an exponent of a billion must not be written out.
        if number.adjusted() > 20 or number != number.to_integral_value():
            raise ValueError
        whole = int(number)
    if not low <= whole <= high:
        raise ValueError
    return whole


def _float(value: Value, kind: pa.DataType) -> float:
    if not isinstance(value, Number):
        raise ValueError
    limit = 3.4028235677973366e38 if pa.types.is_float32(kind) else float("inf")
    if not abs(number := float(value)) < limit:
        raise ValueError
    return number


def _decimal(value: Value, kind: pa.DataType) -> Decimal:
    # A string is taken too: writing decimals as strings is how many services keep their digits.
    if not isinstance(value, str) or not decimal_safe(value):
        raise ValueError
    number: Decimal = pa.array([str(value)]).cast(kind)[0].as_py()
    return number


def _nothing(value: Value) -> None:
    raise ValueError


def _refuse_extra(row: dict[str, Value], known: dict[str, Convert], prefix: str) -> None:
    if row.keys() <= known.keys():
        return
    for key, value in row.items():
        # A null says nothing, so nothing is lost without it.
        if key not in known and value is not None:
            raise BadRow(
                "json_extra_key",
                f"No sampled row has the key {prefix + key!r}: declare it in `columns`, or sample more rows.",
                field=prefix + key,
                value=text_of(value)[:SHOWN],
            )


def _misfit(value: Value, kind: pa.DataType, path: str) -> BadRow:
    text = text_of(value)[:SHOWN]
    return BadRow(
        "json_type", f"{text} does not fit the column {path!r} of type {type_name(kind)}.", field=path, value=text
    )
