"""Checks of single values as Polars expressions: text, bounds, lists of values and lengths."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from operator import or_

import pyarrow as pa

from conduit.quality.columns import Column, dtype_of, is_binary, is_text
from conduit.quality.condition import Condition, plain_of, require, slot
from conduit.quality.exact import as_plain, exact_float, exact_number, exact_scalar, number_limits
from conduit.quality.model import Enum, Length, Range, Regex

_FEW_VALUES = 8  # up to here one comparison for each value is faster than a look into a set
_SHOWN_VALUES = 10


def regex_condition(check: Regex, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    message = f"{check.column} does not match {check.pattern}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    require(check, column, is_text(plain_of(check, column)), "text")
    fails = ~pl.col(slot(column)).str.contains(pl.lit(check.pattern))
    return Condition(check, columns, "plain", fails, message)


def range_condition(check: Range, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    message = f"{check.column} is {_outside(check)}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    plain, value = plain_of(check, column), pl.col(slot(column))
    number = pa.types.is_integer(plain) or pa.types.is_floating(plain) or pa.types.is_decimal(plain)
    require(check, column, number and not pa.types.is_duration(column.type), "numbers, dates or times")
    parts: list[pl.Expr] = []
    if pa.types.is_floating(plain):
        parts.append(value.is_nan())
        if check.min is not None:
            parts.append(value < pl.lit(exact_float(check.min, plain), dtype_of(plain)))
        if check.max is not None:
            parts.append(value > pl.lit(exact_float(check.max, plain), dtype_of(plain)))
    else:
        least, most = number_limits(column.type)
        low = least if check.min is None else _whole(exact_number(check.min, column.type), up=True)
        high = most if check.max is None else _whole(exact_number(check.max, column.type), up=False)
        if low > min(most, high) or high < least:
            parts.append(value.is_not_null())
        else:
            if low > least:
                parts.append(value < pl.lit(as_plain(int(low), column.type), dtype_of(plain)))
            if high < most:
                parts.append(value > pl.lit(as_plain(int(high), column.type), dtype_of(plain)))
    return Condition(check, columns, "plain", reduce(or_, parts) if parts else None, message)


def enum_condition(check: Enum, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    listed = [value for value in check.allowed_values if value is not None]
    shown = ", ".join(str(value) for value in listed[:_SHOWN_VALUES])
    message = f"{check.column} is not one of {shown}{', ...' if len(listed) > _SHOWN_VALUES else ''}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    plain, value = plain_of(check, column), pl.col(slot(column))
    require(check, column, not pa.types.is_duration(column.type), "numbers, text or dates")
    values = [exact_scalar(one, column.type) for one in listed]
    dtype = dtype_of(plain)
    if not values:
        fails = value.is_not_null()
    elif len(values) <= _FEW_VALUES:
        fails = ~reduce(or_, [value == pl.lit(one, dtype) for one in values])
    else:
        fails = ~value.is_in(pl.Series(values, dtype=dtype).implode())
    return Condition(check, columns, "plain", fails, message)


def length_condition(check: Length, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    message = f"the length of {check.column} is {_outside(check)}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    plain, value = plain_of(check, column), pl.col(slot(column))
    require(check, column, is_text(plain) or is_binary(plain), "text or bytes")
    size = value.str.len_chars() if is_text(plain) else value.bin.size()
    parts = [] if check.min is None else [size < check.min]
    parts += [] if check.max is None else [size > check.max]
    return Condition(check, columns, "plain", reduce(or_, parts), message)


def _whole(number: Fraction | float, *, up: bool) -> int | float:
    """The nearest whole number inside of the bound; an infinity stays what it is."""
    if isinstance(number, float):
        return number
    return math.ceil(number) if up else math.floor(number)


def _outside(check: Range | Length) -> str:
    if check.max is None:
        return f"less than {check.min}"
    if check.min is None:
        return f"more than {check.max}"
    return f"not within {check.min} and {check.max}"
