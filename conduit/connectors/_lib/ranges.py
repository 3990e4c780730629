"""Values as the whole numbers that Arrow keeps for them: days, microseconds, unscaled decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import polars as pl

_DAY_SECONDS = 86_400
_FIRST_DAY, _LAST_DAY = 18_262, 20_453  # 2020-01-01 and 2025-12-31 as days since 1970
_LARGEST = 10**18 - 1  # the most digits of a decimal that an int64 surely holds
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def as_type(numbers: pl.Series, kind: pa.DataType) -> pa.Array:
    """Whole numbers as what they are in `kind`'s memory: days, microseconds, unscaled decimals."""
    array = numbers.to_arrow()
    if pa.types.is_decimal128(kind):
        return array.cast(pa.decimal128(19, 0)).view(kind)
    if pa.types.is_decimal256(kind):
        return array.cast(pa.decimal256(19, 0)).view(kind)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return array.cast(kind)
    return array.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).view(kind)


def default_bounds(kind: pa.DataType) -> tuple[int, int]:
    """A believable range of `kind`, in the units of `as_type`."""
    if pa.types.is_boolean(kind):
        return 0, 1
    if pa.types.is_integer(kind):
        positive_bits = kind.bit_width - pa.types.is_signed_integer(kind)
        return 0, min(999_999, 2**positive_bits - 1)
    if pa.types.is_decimal(kind):
        return 0, min(10**kind.precision - 1, 10 ** max(kind.scale + 4, 1) - 1, _LARGEST)
    if pa.types.is_date32(kind):
        return _FIRST_DAY, _LAST_DAY
    unit = _UNITS[kind.unit]
    if pa.types.is_timestamp(kind):
        return _FIRST_DAY * _DAY_SECONDS * unit, (_LAST_DAY + 1) * _DAY_SECONDS * unit - 1
    return 0, _DAY_SECONDS * unit - 1


def bound(value: object, kind: pa.DataType) -> int:
    """A bound as a person writes it ("12.50", "2024-01-31 08:00"), in the units of `as_type`.

    Raises ValueError when it is no value of `kind`.
    """
    text = pa.scalar(str(value))
    if pa.types.is_decimal(kind):
        unscaled = int(text.cast(kind).as_py().scaleb(kind.scale))
        if abs(unscaled) > _LARGEST:
            raise ValueError("has more than 18 digits")
        return unscaled
    if pa.types.is_timestamp(kind):
        try:
            moment = text.cast(kind)
        except pa.ArrowInvalid:  # no zone was written: the bound is UTC
            moment = text.cast(pa.timestamp(kind.unit))
        return int(moment.value)
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return int(text.cast(kind).value)
    if pa.types.is_duration(kind):
        return int(str(value))
    return int(text.cast(kind).as_py())
