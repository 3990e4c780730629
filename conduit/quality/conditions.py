"""Each row check as a Polars expression that is true where a row fails, and the sentence that says so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Literal, cast

import pyarrow as pa

from conduit.core.types import type_name
from conduit.errors import ConfigError
from conduit.quality.columns import Column, find_column, is_binary, is_text
from conduit.quality.complaint import complaint
from conduit.quality.exact import NotOfType, as_plain, exact_float, exact_number, exact_scalar, number_limits
from conduit.quality.model import Check, Enum, Expression, Length, NotNull, Range, Regex, Unique

if TYPE_CHECKING:
    import polars as pl

_FEW_VALUES = 8  # up to here one comparison for each value is faster than a look into a set
_SHOWN_VALUES = 10

Form = Literal["plain", "whole", "nulls", "key"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A check that knows its columns. `fails` None: it needs no expression (`not_null`, `unique`), or cannot fail.

    `form` says what the expression looks at: `plain` values under the names of `slot`, or `whole` columns under
    their own. `nulls` are counted by Arrow, `key`s are compared with all that came before.
    """

    check: Check
    columns: tuple[Column, ...]
    form: Form
    fails: pl.Expr | None
    message: str

    @property
    def column_text(self) -> str:
        """The columns, as one text for a person."""
        return ", ".join(column.name for column in self.columns)


def slot(column: Column) -> str:
    """The name of a column's plain values among those that the expressions look at."""
    return "\1" + ".".join(str(index) for index in column.path)


def compile_check(check: Check, schema: pa.Schema) -> Condition:
    """Bind a check to the columns of `schema`. Raises ConfigError for a column or a value that it cannot have."""
    columns = tuple(find_column(name, schema, check.label) for name in check.columns_used)
    try:
        match check:
            case NotNull():
                return Condition(check, columns, "nulls", None, f"{check.column} is NULL")
            case Regex():
                return _regex(check, columns)
            case Range():
                return _range(check, columns)
            case Enum():
                return _enum(check, columns)
            case Length():
                return _length(check, columns)
            case Expression():
                return _expression(check, columns, schema)
            case Unique():
                return _unique(check, columns)
    except NotOfType as wrong:
        raise ConfigError(f"{wrong}.", place=check.label) from None


def _regex(check: Regex, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    message = f"{check.column} does not match {check.pattern}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    _require(check, column, is_text(_plain(check, column)), "text")
    fails = ~pl.col(slot(column)).str.contains(pl.lit(check.pattern))
    return Condition(check, columns, "plain", fails, message)


def _range(check: Range, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    message = f"{check.column} is {_outside(check)}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    plain, value = _plain(check, column), pl.col(slot(column))
    number = pa.types.is_integer(plain) or pa.types.is_floating(plain) or pa.types.is_decimal(plain)
    _require(check, column, number and not pa.types.is_duration(column.type), "numbers, dates or times")
    parts: list[pl.Expr] = []
    if pa.types.is_floating(plain):
        parts.append(value.is_nan())
        if check.min is not None:
            parts.append(value < pl.lit(exact_float(check.min, plain), _dtype(plain)))
        if check.max is not None:
            parts.append(value > pl.lit(exact_float(check.max, plain), _dtype(plain)))
    else:
        least, most = number_limits(column.type)
        low = least if check.min is None else _whole(exact_number(check.min, column.type), up=True)
        high = most if check.max is None else _whole(exact_number(check.max, column.type), up=False)
        if low > min(most, high) or high < least:
            parts.append(value.is_not_null())
        else:
            if low > least:
                parts.append(value < pl.lit(as_plain(int(low), column.type), _dtype(plain)))
            if high < most:
                parts.append(value > pl.lit(as_plain(int(high), column.type), _dtype(plain)))
    return Condition(check, columns, "plain", reduce(or_, parts) if parts else None, message)


def _enum(check: Enum, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    listed = [value for value in check.allowed_values if value is not None]
    shown = ", ".join(str(value) for value in listed[:_SHOWN_VALUES])
    message = f"{check.column} is not one of {shown}{', ...' if len(listed) > _SHOWN_VALUES else ''}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    plain, value = _plain(check, column), pl.col(slot(column))
    _require(check, column, not pa.types.is_duration(column.type), "numbers, text or dates")
    values = [exact_scalar(one, column.type) for one in listed]
    dtype = _dtype(plain)
    if not values:
        fails = value.is_not_null()
    elif len(values) <= _FEW_VALUES:
        fails = ~reduce(or_, [value == pl.lit(one, dtype) for one in values])
    else:
        fails = ~value.is_in(pl.Series(values, dtype=dtype).implode())
    return Condition(check, columns, "plain", fails, message)


def _length(check: Length, columns: tuple[Column, ...]) -> Condition:
    import polars as pl

    (column,) = columns
    message = f"the length of {check.column} is {_outside(check)}"
    if pa.types.is_null(column.type):
        return Condition(check, columns, "plain", None, message)
    plain, value = _plain(check, column), pl.col(slot(column))
    _require(check, column, is_text(plain) or is_binary(plain), "text or bytes")
    size = value.str.len_chars() if is_text(plain) else value.bin.size()
    parts = [] if check.min is None else [size < check.min]
    parts += [] if check.max is None else [size > check.max]
    return Condition(check, columns, "plain", reduce(or_, parts), message)


def _expression(check: Expression, columns: tuple[Column, ...], schema: pa.Schema) -> Condition:
    import polars as pl

    condition = pl.sql_expr(check.expression)
    empty = pa.RecordBatch.from_pylist([], schema=pa.schema([schema.field(column.path[0]) for column in columns]))
    try:
        answer = pl.DataFrame(empty).select(answer=condition)["answer"].dtype
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as bad:
        raise ConfigError(f"The condition cannot be computed: {complaint(str(bad))}.", place=check.label) from None
    if answer != pl.Boolean:
        raise ConfigError(
            f"The condition gives {answer}, not true or false.", place=check.label, remedy="Compare it with something."
        )
    return Condition(check, columns, "whole", ~condition, f"not true: {check.expression}")


def _unique(check: Unique, columns: tuple[Column, ...]) -> Condition:
    for column in columns:
        _plain(check, column)
    names = ", ".join(check.columns)
    key = f"the key ({names})" if len(columns) > 1 else names
    return Condition(check, columns, "key", None, f"{key} has appeared before")


def _plain(check: Check, column: Column) -> pa.DataType:
    plain = column.plain_type
    _require(check, column, plain is not None, "single values that can be compared")
    return plain


def _require(check: Check, column: Column, holds: bool, wanted: str) -> None:
    if not holds:
        raise ConfigError(
            f"The check {check.check!r} needs {wanted}; {column.name!r} is {type_name(column.type)}.",
            place=check.label,
            remedy="Declare another type for the column, or check another column.",
        )


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


def _dtype(plain: pa.DataType) -> pl.DataType:
    import polars as pl

    return cast("pl.Series", pl.from_arrow(pa.array([], plain))).dtype
