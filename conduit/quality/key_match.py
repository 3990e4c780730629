"""When a value of one type equals a value of another: by value, whatever the width, unit or scale it is stored in."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.core.units import units_of
from conduit.quality.columns import dtype_of, is_binary, is_text, plain_type_of
from conduit.quality.exact import number_limits

if TYPE_CHECKING:
    import polars as pl


def as_key_of(here: pa.DataType, there: pa.DataType, name: str) -> pl.Expr | None:
    """The plain column `name` of type `there` as plain values of type `here`; null where no value of `here` is equal.

    None when values of the two types never are: a number and text, a moment with a time zone and one without.
    """
    import polars as pl

    types, value = pa.types, pl.col(name)
    mine, theirs = plain_type_of(here), plain_type_of(there)
    if mine is None or theirs is None:
        return None
    if types.is_null(here) or types.is_null(there):
        return pl.lit(None, dtype_of(mine)).alias(name)
    if (is_text(mine) and is_text(theirs)) or (is_binary(mine) and is_binary(theirs)):
        return value
    if types.is_boolean(mine) and types.is_boolean(theirs):
        return value
    if types.is_floating(mine) or types.is_floating(theirs):
        others = [kind for kind in (here, there) if not types.is_floating(kind)]
        # Which decimal a float means is not one value but a choice.
        return _converted(value, mine, theirs) if all(map(types.is_integer, others)) else None
    have, wanted = units_of(there), units_of(here)
    if have is None or wanted is None or have.of != wanted.of:
        return None
    if have.of == "number":
        return _converted(value, mine, theirs)
    return _in_units(value, here, mine, there, wanted.per_one / have.per_one)


def _converted(value: pl.Expr, here: pa.DataType, there: pa.DataType) -> pl.Expr:
    """A number as another type's, where that type has it: what comes back unchanged was not rounded or cut."""
    import polars as pl

    if here == there:
        return value
    converted = value.cast(dtype_of(here), strict=False)
    return pl.when(converted.cast(dtype_of(there), strict=False) == value).then(converted)


def _in_units(value: pl.Expr, here: pa.DataType, plain: pa.DataType, there: pa.DataType, ratio: Fraction) -> pl.Expr:
    """Whole units as whole units of another length."""
    import polars as pl

    dtype = dtype_of(plain)
    if ratio.denominator > 1:
        whole = pl.when(value % ratio.denominator == 0).then(value // ratio.denominator)
        return whole.cast(dtype, strict=False)
    if ratio == 1:
        return value.cast(dtype, strict=False)
    (low, high), (least, most) = number_limits(here), number_limits(there)
    low, high = max(math.ceil(low / ratio), least), min(math.floor(high / ratio), most)
    return pl.when(value.is_between(low, high)).then(value.cast(dtype, strict=False) * int(ratio))
