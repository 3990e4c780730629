"""Values of one type as values of another, exactly: the same number, text or moment, or null.

Arrow's casts are called safe and are not: they cut decimals, drop the time of day, make 2 true and 1e400 infinity.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null, where_true
from conduit.core.exact_nested import nested_or_null
from conduit.core.exact_numbers import is_number, number_or_null
from conduit.core.units import units_of

_DAY = 86_400
_MOST_DIGITS = 76
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# Bytes, one at a time, that are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
_UTF8 = (
    r"^(?:[\x00-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}"
    r"|\xED[\x80-\x9F][\x80-\xBF]|\xF0[\x90-\xBF][\x80-\xBF]{2}|[\xF1-\xF3][\x80-\xBF]{3}|\xF4[\x80-\x8F][\x80-\xBF]{2})*$"
)


def decoded(values: pa.Array) -> pa.Array:
    """The values themselves where they are stored in a code: as numbers in a dictionary, as lengths of runs."""
    if pa.types.is_dictionary(values.type):
        return decoded(values.dictionary_decode())
    return decoded(pc.run_end_decode(values)) if pa.types.is_run_end_encoded(values.type) else values


def exact_or_null(values: pa.Array, kind: pa.DataType, *, counts: bool = False) -> pa.Array:
    """The values in another type, as many, null where that does not hold one exactly.

    Text becomes what it spells, a float the nearest to its digits. With `counts` a whole number may count the units
    of a moment, a time or a duration, and one of them become its count. Raises ArrowNotImplementedError or
    ArrowInvalid where no value of the one type is one of the other.
    """
    types, source = pa.types, values.type
    if source == kind:
        return values
    if types.is_dictionary(source) or types.is_run_end_encoded(source):
        return exact_or_null(decoded(values), kind, counts=counts)
    if types.is_dictionary(kind):
        return pc.cast(exact_or_null(values, kind.value_type, counts=counts), kind)
    if types.is_null(source):
        return pa.nulls(len(values), kind)
    if types.is_nested(source) and types.is_nested(kind):
        return nested_or_null(values, kind, lambda inner, wanted: exact_or_null(inner, wanted, counts=counts))
    if isinstance(source, pa.BaseExtensionType) or isinstance(kind, pa.BaseExtensionType):
        return _extended(values, kind)
    if types.is_decimal(source) and source.scale < 0 and source.precision - source.scale <= _MOST_DIGITS:
        # Arrow does not write these as text.
        return exact_or_null(pc.cast(values, pa.decimal256(source.precision - source.scale, 0)), kind)
    if _is_text(source):
        return _from_text(values if types.is_string(source) else pc.cast(values, pa.large_string()), kind)
    if _is_bytes(source):
        return _from_bytes(values, kind)
    if _is_text(kind):
        return _to_text(values, kind)
    if _is_number(source) and _is_number(kind):
        return number_or_null(values, kind)
    if types.is_temporal(source) or types.is_temporal(kind):
        return _in_time(values, kind, counts)
    return cast_or_null(values, kind)


def castable(source: pa.DataType, target: pa.DataType, *, counts: bool = False) -> bool:
    """Whether there is a cast between the types at all, which some values may fail; `counts` as in `exact_or_null`."""
    try:
        exact_or_null(pa.nulls(0, source), target, counts=counts)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _is_number(kind: pa.DataType) -> bool:
    return is_number(kind) or bool(pa.types.is_boolean(kind))


def _extended(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """By way of what is stored; but the 16 bytes of a UUID are not the 36 letters of one."""
    stored = values.storage if isinstance(values, pa.ExtensionArray) else values
    wanted = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if (_is_bytes(stored.type) and _is_text(wanted)) or (_is_text(stored.type) and _is_bytes(wanted)):
        raise pa.ArrowNotImplementedError(f"No {values.type} is a {kind}")
    return pc.cast(exact_or_null(stored, wanted), kind)


def _from_text(text: pa.Array, kind: pa.DataType) -> pa.Array:
    types = pa.types
    if types.is_float16(kind):
        return number_or_null(_from_text(text, pa.float32()), kind)
    if types.is_fixed_size_binary(kind):
        return _from_bytes(pc.cast(text, pa.large_binary()), kind)
    read = cast_or_null(text, kind)
    if not types.is_floating(kind):
        return read
    infinite = pc.is_inf(read)
    if not pc.any(infinite).as_py():
        return read
    # A number that is too large is read as infinity.
    return where_true(pc.or_(pc.invert(infinite), pc.match_substring(text, "inf", ignore_case=True)), read)


def _from_bytes(data: pa.Array, kind: pa.DataType) -> pa.Array:
    if _is_bytes(kind):
        if pa.types.is_fixed_size_binary(kind):
            data = pc.cast(data, pa.large_binary())
            data = where_true(pc.equal(pc.binary_length(data), kind.byte_width), data)
        return pc.cast(data, kind)
    data = pc.cast(data, pa.large_binary())
    try:
        text = pc.cast(data, pa.large_string())
    except pa.ArrowInvalid:
        text = pc.cast(where_true(pc.match_substring_regex(data, _UTF8), data), pa.large_string())
    return _from_text(text, kind)


def _to_text(values: pa.Array, kind: pa.DataType) -> pa.Array:
    source = values.type
    if pa.types.is_date64(source):
        values = exact_or_null(values, pa.date32())
    text = pc.cast(values, kind)
    if not pa.types.is_temporal(source):
        return text
    beyond = pc.starts_with(pc.cast(text, pa.large_string()), "<")  # "<value out of range: ...>"
    return where_true(pc.invert(beyond), text) if pc.any(beyond).as_py() else text


def _in_time(values: pa.Array, kind: pa.DataType, counts: bool) -> pa.Array:
    """Moments, times and durations in other units; a date is its midnight, and a zone is only how one is shown."""
    have, wanted = units_of(values.type), units_of(kind)
    if have is not None and wanted is not None and have.of == wanted.of:
        return _in_units(values, kind)
    if counts and pa.types.is_integer(values.type):
        return _within_a_day(cast_or_null(values, kind))
    if counts and pa.types.is_integer(kind):
        return cast_or_null(values, kind)
    raise pa.ArrowNotImplementedError(f"No {values.type} is a {kind}")


def _in_units(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_date64(values.type):
        values = values.view(pa.timestamp("ms"))
    if not pa.types.is_date(kind):
        try:
            return pc.cast(values, kind)
        except pa.ArrowInvalid:
            pass
    cast = pc.cast(values, kind, safe=False)
    same = pc.equal(pc.cast(cast, values.type, safe=False), values)
    return cast if pc.all(same, min_count=0).as_py() else where_true(same, cast)


def _within_a_day(times: pa.Array) -> pa.Array:
    if not pa.types.is_time(times.type):
        return times
    count = times.view(pa.int64() if times.type.bit_width == 64 else pa.int32())
    day = _DAY * _UNITS[times.type.unit]
    return where_true(pc.and_(pc.greater_equal(count, 0), pc.less(count, day)), times)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    types = pa.types
    any_length = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return bool(any_length or types.is_fixed_size_binary(kind))
