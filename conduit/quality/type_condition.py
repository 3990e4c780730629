"""Which values of a column another type cannot hold: the same number, text or moment, with nothing lost on the way."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.exact_casts import exact_or_null
from conduit.core.exact_numbers import is_number
from conduit.core.types import parse_type, type_name
from conduit.core.units import units_of
from conduit.errors import ConfigError
from conduit.quality.columns import Column, dtype_of, is_binary, is_text, plain_type_of
from conduit.quality.condition import Condition, Kernel, slot
from conduit.quality.exact import number_limits, stored_type
from conduit.quality.model import Type

if TYPE_CHECKING:
    import polars as pl


def type_condition(check: Type, columns: tuple[Column, ...]) -> Condition:
    """Raises ConfigError where no value of the column's type could be of the other one."""
    (column,) = columns
    message = f"{check.column} does not fit {check.type}"
    source, target = stored_type(column.type), parse_type(check.type)
    kernel = _kernel(source, target)
    if kernel is not None:
        return Condition(check, columns, "kernel", None, message, kernel)
    if _holds_all(source, target):
        return Condition(check, columns, "plain", None, message)
    fails = None if column.plain_type is None else _fails(column, source, target)
    if fails is None:
        raise ConfigError(
            f"{column.name!r} is {type_name(column.type)}, of which no value is {check.type}.",
            place=check.label,
            remedy="Name a type that its values may have.",
        )
    return Condition(check, columns, "plain", reduce(or_, fails) if fails else None, message)


def _holds_all(source: pa.DataType, target: pa.DataType) -> bool:
    types = pa.types
    if source == target or types.is_null(source):
        return True
    if is_text(target):
        return not (types.is_nested(source) or is_binary(source) or types.is_fixed_size_binary(source))
    if is_binary(target):
        return is_text(source) or is_binary(source) or types.is_fixed_size_binary(source)
    if types.is_floating(source) and types.is_floating(target):
        return bool(source.bit_width <= target.bit_width)
    has_one = not types.is_decimal(target) or 0 <= target.scale < target.precision
    return types.is_boolean(source) and is_number(target) and has_one


def _kernel(source: pa.DataType, target: pa.DataType) -> Kernel | None:
    """What Arrow has to find out, because it is the one that reads text."""
    types, not_held = pa.types, partial(_not_held, kind=target)
    if is_binary(source) or types.is_fixed_size_binary(source):
        return not_held if is_text(target) else None
    if is_text(source):
        readable = is_number(target) or types.is_boolean(target) or types.is_date(target)
        readable = readable or types.is_timestamp(target) or types.is_time(target)
        return not_held if readable else None
    if types.is_floating(source) and types.is_decimal(target):
        return not_held
    if types.is_decimal(source) and types.is_floating(target):
        return not_held
    return None


def _fails(column: Column, source: pa.DataType, target: pa.DataType) -> list[pl.Expr] | None:
    """Any of them is true where the value does not fit; None where none ever would."""
    import polars as pl

    types, value = pa.types, pl.col(slot(column))
    if types.is_null(target):
        return [value.is_not_null()]
    if types.is_boolean(source):
        return [value] if is_number(target) else None
    if types.is_boolean(target):
        return [~((value == 0) | (value == 1))] if is_number(source) else None
    if types.is_floating(source) or types.is_floating(target):
        if not (is_number(source) and is_number(target)):
            return None
        back = value.cast(dtype_of(target), strict=False).cast(dtype_of(column.plain_type), strict=False)
        return [~back.eq_missing(value)]
    have, wanted = units_of(source), units_of(target)
    if have is None or wanted is None or have.of != wanted.of:
        return None
    return _beyond(value, source, target, wanted.per_one / have.per_one)


def _beyond(value: pl.Expr, source: pa.DataType, target: pa.DataType, ratio: Fraction) -> list[pl.Expr]:
    """Each true where so many units of one type are no whole number of the other's, or one out of its range."""
    import polars as pl

    value = value.to_physical()
    dtype = pl.Int128() if pa.types.is_decimal(source) else dtype_of(plain_type_of(source))
    least, most = number_limits(source)
    lowest, highest = number_limits(target)
    low, high = math.ceil(lowest / ratio), math.floor(highest / ratio)
    parts = [value < pl.lit(low, dtype)] if low > least else []
    parts += [value > pl.lit(high, dtype)] if high < most else []
    if ratio.denominator > most:
        parts.append(value != 0)
    elif ratio.denominator > 1:
        parts.append(value % pl.lit(ratio.denominator, dtype) != 0)
    return parts


def _not_held(values: pa.Array, kind: pa.DataType) -> pa.Array:
    return pc.and_(pc.is_null(exact_or_null(values, kind)), pc.is_valid(values))
