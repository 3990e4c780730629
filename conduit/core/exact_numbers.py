"""Numbers in another type of numbers: the same number, or null. Nothing is rounded, cut or wrapped around.

A decimal and a float are the same number where the decimal's digits are the shortest that name the float: 0.1 is 0.1.
Two floats, or a float and an integer, are compared as they are.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null, rescaled, where_true

# So many digits always survive a float of that width: one number of so many digits is one float, and back.
_DIGITS = {32: 6, 64: 15}
# No power of ten up to this one is rounded by a float of that width.
_POWERS = {32: 10, 64: 18}


def is_number(kind: pa.DataType) -> bool:
    """True for integers, floats and decimals of any width."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def number_or_null(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Numbers or booleans as another type of numbers or as booleans; null where the other type does not hold one."""
    types, source = pa.types, values.type
    if source == kind:
        return values
    if types.is_boolean(source):
        small = pc.cast(values, pa.int8())
        return small if kind == small.type else number_or_null(small, kind)
    if types.is_boolean(kind):
        small = number_or_null(values, pa.int8())
        return pc.cast(where_true(_between(small, 0, 1), small), kind)
    if types.is_float16(source):
        return number_or_null(pc.cast(values, pa.float32()), kind)
    if types.is_float16(kind):
        return _narrowed(number_or_null(values, pa.float32()), kind)
    if types.is_floating(source):
        if types.is_floating(kind):
            return pc.cast(values, kind) if kind.bit_width > source.bit_width else _narrowed(values, kind)
        return _float_to_decimal(values, kind) if types.is_decimal(kind) else _float_to_integer(values, kind)
    if types.is_floating(kind):
        return _decimal_to_float(values, kind) if types.is_decimal(source) else _integer_to_float(values, kind)
    if types.is_decimal(source):
        return rescaled(values, kind) if types.is_decimal(kind) else _decimal_to_integer(values, kind)
    return _integer_to_decimal(values, kind) if types.is_decimal(kind) else _integer_to_integer(values, kind)


def _narrowed(values: pa.Array, kind: pa.DataType) -> pa.Array:
    cast = pc.cast(values, kind, safe=False)
    same = pc.equal(pc.cast(cast, values.type), values)
    return cast if _all(same) else where_true(pc.or_(same, pc.is_nan(values)), cast)


def _float_to_integer(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        low, high = _limits(kind)
        # The powers of two are floats, the greatest integers are not.
        within = pc.and_(pc.greater_equal(values, float(low)), pc.less(values, float(high + 1)))
        return pc.cast(where_true(pc.and_(within, pc.equal(pc.trunc(values), values)), values), kind)


def _integer_to_float(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        cast = pc.cast(values, kind, safe=False)
        back = _float_to_integer(cast, values.type)
        return where_true(pc.equal(back, values), cast)


def _integer_to_integer(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        (low, high), (least, most) = _limits(kind), _limits(values.type)
        return pc.cast(where_true(_between(values, max(low, least), min(high, most)), values), kind)


def _integer_to_decimal(values: pa.Array, kind: pa.DataType) -> pa.Array:
    digits = len(str(_limits(values.type)[1]))
    if 0 <= kind.scale <= kind.precision - digits:
        return pc.cast(values, kind)
    return rescaled(pc.cast(values, pa.decimal128(digits, 0)), kind)


def _decimal_to_integer(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        low, high = _limits(kind)
        whole = rescaled(values, pa.decimal128(len(str(high)), 0))
        return pc.cast(where_true(_between(whole, low, high), whole), kind)


def _float_to_decimal(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """By multiplying to whole numbers, which is exact as far as `_DIGITS` go; by way of text where they do not."""
    width = values.type.bit_width
    digits, scale = _DIGITS[width], kind.scale
    if not 0 <= scale <= _POWERS[width]:
        return cast_or_null(pc.cast(values, pa.large_string()), kind)
    power = float(10**scale)
    units = pc.round(pc.multiply(pc.cast(values, pa.float64()), power))
    same = pc.equal(pc.cast(pc.divide(units, power), values.type, safe=False), values)
    size = pc.abs(units)
    fits = pc.and_(same, pc.less(size, float(10 ** min(digits, kind.precision))))
    whole = pc.cast(units if _all(fits) else where_true(fits, units), pa.int64())
    held = pc.cast(whole.view(pa.decimal64(18, scale)), kind)
    if kind.precision <= digits:
        return held
    long = pc.and_(pc.greater_equal(size, float(10**digits)), pc.is_finite(values))
    if not pc.any(long).as_py():
        return held
    return pc.coalesce(held, cast_or_null(pc.cast(where_true(long, values), pa.large_string()), kind))


def _decimal_to_float(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """By dividing whole numbers, as above. Arrow's own cast is wrong in the last place for one value in eight."""
    source, digits = values.type, _DIGITS[kind.bit_width]
    if not 0 <= source.scale <= _POWERS[kind.bit_width]:
        return _read_as_float(values, kind)
    fitting = values
    if source.precision > digits:
        fitting = rescaled(values, pa.decimal64(digits, source.scale))
    whole = pc.cast(fitting, pa.decimal64(18, source.scale)).view(pa.int64())
    held = pc.cast(pc.divide(pc.cast(whole, pa.float64()), float(10**source.scale)), kind, safe=False)
    if held.null_count == values.null_count:
        return held
    return pc.coalesce(held, _read_as_float(where_true(pc.is_null(held), values), kind))


def _read_as_float(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """By way of text, which is written and read exactly."""
    cast = pc.cast(pc.cast(values, pa.large_string()), kind)
    digits = cast_or_null(pc.cast(cast, pa.large_string()), values.type)
    return where_true(pc.equal(digits, values), cast)


def _limits(kind: pa.DataType) -> tuple[int, int]:
    if pa.types.is_unsigned_integer(kind):
        return 0, 2**kind.bit_width - 1
    return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1


def _between(values: pa.Array, low: int, high: int) -> pa.Array:
    """Where integers, or decimals without a fraction, are within limits that their type can hold."""
    least, most = (pa.scalar(str(limit)).cast(values.type) for limit in (low, high))
    return pc.and_(pc.greater_equal(values, least), pc.less_equal(values, most))


def _all(mask: pa.Array) -> bool:
    """True where the mask is, of every value that is not null."""
    return bool(pc.all(mask, min_count=0).as_py())
