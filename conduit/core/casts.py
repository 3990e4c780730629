"""Casts that lose nothing, or fail: whole arrays at a time, and value by value only where a value does not fit.

The kernels are Arrow's own, the same that its CSV reader uses: text that is no number, a decimal with too many digits,
an integer out of range, a timestamp with a zone where none is expected, all fail.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

_MOST_DIGITS = 76
# No decimal has as many digits behind the point; looking for so small a power of ten, Arrow 26 leaves its table of
# them by far, and 1e-99999999 ends the process.
_TOO_TINY = r"[eE]-0*[1-9][0-9]{2}|\.[0-9]{77}"
_DIGITS = {32: 9, 64: 18, 128: 38, 256: 76}
_FRACTION_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_DAY = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_INTEGER = r"^(?:-?[0-9]+|0[xX][0-9a-fA-F]+)$"
_FLOAT = rf"{_NUMBER}|^[+-]?(?i:nan|inf|infinity)(?:\(.*\))?$"


def cast_exactly(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast as Arrow's safe casts do, and text to times of day too. Raises ArrowInvalid or ArrowNotImplementedError."""
    textual = _is_text(values.type)
    if textual and pa.types.is_decimal(kind):
        return _read_decimals(values, kind)
    if not (textual and pa.types.is_time(kind)):
        return pc.cast(values, kind)
    # Arrow has no cast from text to time; a time of the first day is one.
    dated = pc.binary_join_element_wise("1970-01-01", values.cast(pa.string()), " ")
    return pc.cast(pc.cast(dated, pa.timestamp(kind.unit)), kind)


def cast_or_null(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast exactly; a value that fails becomes null. Raises ArrowNotImplementedError where there is no such cast."""
    if values.type == kind:
        return values
    try:
        return cast_exactly(values, kind)
    except pa.ArrowInvalid:
        return _without_what_fails(values, kind)


def _read_decimals(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """As Arrow reads them, but 5e-42 does not become 0, nor a number that is too large some other one."""
    room, most = max(kind.precision - kind.scale, 0), _DIGITS[kind.bit_width]
    risky = rf"[eE]|^[+-]?[0-9]{{{room + 1}}}|\.[0-9]{{{most + 1}}}"
    if not pc.any(pc.match_substring_regex(text, risky)).as_py():
        return pc.cast(text, kind)
    if pc.any(pc.match_substring_regex(text, _TOO_TINY)).as_py():
        raise pa.ArrowInvalid("a number is too small for a decimal")
    wide = pc.cast(text, kind if most == _MOST_DIGITS else pa.decimal256(_MOST_DIGITS, _MOST_DIGITS // 2))
    # What went wrong on the way went wrong by far.
    about, found = pc.cast(text, pa.float64()), pc.cast(wide, pa.float64())
    close = pc.less_equal(pc.abs(pc.subtract(about, found)), pc.multiply(pc.abs(about), 1e-9))
    read = rescaled(where_true(close, wide), kind)
    if read.null_count > text.null_count:
        raise pa.ArrowInvalid("a number does not fit the decimal")
    return read


def _without_what_fails(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """What cannot be of the type by its looks goes first, all at once; in a file of bad rows that is all of them."""
    if not _is_text(values.type):
        return _halved(values, kind)
    if pa.types.is_integer(kind) and kind.bit_width < 64:
        wide = cast_or_null(values, pa.int64())
        low = -(2 ** (kind.bit_width - 1)) if pa.types.is_signed_integer(kind) else 0
        fits = pc.and_(pc.greater_equal(wide, low), pc.less_equal(wide, low + 2**kind.bit_width - 1))
        return pc.cast(where_true(fits, wide), kind)
    looks = _looks_like(values, kind)
    values = values if looks is None else where_true(looks, values)
    if not pa.types.is_decimal(kind) or not _simple(kind):
        return _halved(values, kind)
    # All at once, with as many digits as there may be, and then down to those that the type has: too many digits
    # behind the point are the usual fault, and then that of every row.
    return rescaled(_halved(values, pa.decimal256(_MOST_DIGITS, _MOST_DIGITS // 2)), kind)


def _looks_like(values: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """False only where text cannot be of the type; None where its looks tell nothing."""
    if pa.types.is_integer(kind):
        return pc.match_substring_regex(values, _INTEGER)
    if pa.types.is_floating(kind):
        return pc.match_substring_regex(values, _FLOAT)
    if pa.types.is_decimal(kind):
        return pc.and_not(pc.match_substring_regex(values, _NUMBER), pc.match_substring_regex(values, _TOO_TINY))
    if pa.types.is_boolean(kind):
        return pc.match_substring_regex(values, "^(?i:true|false|0|1)$")
    if pa.types.is_date(kind):
        return pc.match_substring_regex(values, f"^{_DAY}$")
    if pa.types.is_timestamp(kind):
        zone = "(?:Z|[+-][0-9:]+)" if kind.tz else ""
        return pc.match_substring_regex(values, f"^{_DAY}(?:[ T]{_time(kind.unit)}{zone})?$")
    return pc.match_substring_regex(values, f"^{_time(kind.unit)}$") if pa.types.is_time(kind) else None


def _time(unit: str) -> str:
    digits = _FRACTION_DIGITS[unit]
    return "[0-9:]+" + (rf"(?:\.[0-9]{{0,{digits}}})?" if digits else "")


def rescaled(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Decimals as decimals of another precision and scale, null where one has more digits than that.

    Arrow multiplies and divides; that a product is too large it does not always see, nor that a power of ten is.
    """
    source = values.type
    if source == kind:
        return values
    steps = abs(kind.scale - source.scale)
    width = next((bits for bits, most in _DIGITS.items() if most >= steps), None)
    if width is None:
        raise pa.ArrowNotImplementedError(f"No {source} is a {kind}")
    width = max(width, source.bit_width, kind.bit_width)
    room = kind.precision - kind.scale
    if source.precision - source.scale > room:
        limit = pa.scalar(Decimal(1).scaleb(max(room, -source.scale)), source)
        values = where_true(pc.less(pc.abs(values), limit), values)
    if source.bit_width < width:
        values = pc.cast(values, _widest(width, source.scale))
    if steps:
        values = _shifted(values, _widest(width, kind.scale))
    return pc.cast(values, kind)


def _shifted(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        cut = pc.cast(values, kind, safe=False)
        return where_true(pc.equal(pc.cast(cut, values.type, safe=False), values), cut)


def _widest(width: int, scale: int) -> pa.DataType:
    made = {32: pa.decimal32, 64: pa.decimal64, 128: pa.decimal128, 256: pa.decimal256}[width]
    return made(_DIGITS[width], scale)


def _simple(kind: pa.DataType) -> bool:
    """True for decimals that as many digits as there may be hold, half of them behind the point."""
    half = _MOST_DIGITS // 2
    return bool(0 <= kind.scale <= half and kind.precision - kind.scale <= half)


def _halved(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast by halves, so that k bad values cost about k log n casts."""
    try:
        return cast_exactly(values, kind)
    except pa.ArrowInvalid:
        if len(values) == 1:
            return pa.nulls(1, kind)
    middle = len(values) // 2
    return pa.concat_arrays([_halved(values.slice(0, middle), kind), _halved(values.slice(middle), kind)])


def where_true(mask: pa.Array, values: pa.Array) -> pa.Array:
    """The values, null where the mask is not true."""
    if pa.types.is_decimal(values.type) and values.type.scale < 0:
        # Arrow would give them a scale of 0, and has no room for that.
        return values.take(pc.if_else(mask, pa.arange(0, len(values)), pa.scalar(None, pa.int64())))
    return pc.if_else(mask, values, pa.scalar(None, values.type))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
