"""Which types hold all values of which others, and the least type that holds those of two.

An arrow leads to a type that holds every value of the one before it; null, which has no values, is below all.

    int8 -> int16 -> int32 -> int64 -> decimal(19,0)      uint8 -> uint16 -> uint32 -> uint64 -> decimal(20,0)
    uint8 -> int16, uint16 -> int32, uint32 -> int64      int8 -> float16, int16 -> float32, int32 -> float64
    decimal(18,0) -> int64                                float16 -> float32 -> float64
    decimal(p,s) -> decimal(q,t)                          where t >= s and q-t >= p-s, up to 76 digits
    date -> timestamp[s] -> timestamp[ms] -> timestamp[us]      timestamp[ns] stands alone: it ends in 2262
    timestamp[s, zone] -> timestamp[ms, zone] -> timestamp[us, zone]      every zone alike, apart from those without
    time[s] -> time[ms] -> time[us] -> time[ns]           duration[s] -> duration[ms] -> duration[us]
    fixed_size_binary(n) -> binary                        fixed_size_list<T>[n] -> list<T>
    list<T> -> list<U>, map<K, T> -> map<L, U>            where T -> U and K -> L
    struct<a: T> -> struct<a: U, b: V>                    where T -> U; what is new may be null

Apart from all others: bool, since true is no number; text, which spells everything and equals none of it; binary.
A number is equal by its mathematical value, so no float holds 0.1 as a decimal does, and no float every int64.
A date or a moment is one of the years 1 to 9999, a duration no longer than they are: what is further out, which
Arrow can store in coarse units, is looked at by each cast and is not a reason to keep dates apart from timestamps.
"""

from __future__ import annotations

import pyarrow as pa

_UNITS = ("s", "ms", "us", "ns")
# The digits of the greatest integer of a type, and how many digits an integer of it always has room for.
_DIGITS = {8: (3, 2), 16: (5, 4), 32: (10, 9), 64: (19, 18)}
_UINT64_DIGITS = 20
# Every integer of so many bits, and every one of so many digits, is a float of that width.
_FLOAT_BITS, _FLOAT_DIGITS = {16: 11, 32: 24, 64: 53}, {16: 3, 32: 7, 64: 15}
_FLOATS = (pa.float16(), pa.float32(), pa.float64())
_SIGNED = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
_MOST_SMALL_DIGITS, _MOST_DIGITS = 38, 76


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without what is only a form of storage, inside too: dictionary, large, view, extension.

    A decimal has the least width that has room for its digits, a date is a `date32`. Views of lists and runs stay what
    they are: hardly a store can take them.
    """
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_large_binary(kind) or types.is_binary_view(kind):
        return pa.binary()
    if types.is_decimal(kind):
        return _decimal(kind.precision, kind.scale)
    if types.is_date64(kind):
        return pa.date32()
    if types.is_fixed_size_list(kind):
        return pa.list_(_item(kind.value_field, "item"), kind.list_size)
    if _is_list(kind):
        return pa.list_(_item(kind.value_field, "item"))
    if types.is_map(kind):
        return pa.map_(plain_type(kind.key_type), _item(kind.item_field, "value"))
    return pa.struct([_item(field, field.name) for field in kind]) if types.is_struct(kind) else kind


def holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    """Whether every value of `narrow` has an equal value in `wide`, so that the exact cast between them loses none."""
    return _holds(plain_type(wide), plain_type(narrow))


def widened(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    """The least type, in its plain form, that holds all values of both; None where none but text could.

    The order in which more than two are widened does not matter, but for one case: signed and unsigned integers have
    an integer above both, which a decimal or a float that holds both need not hold.
    """
    return _widened(plain_type(a), plain_type(b))


def _holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    types = pa.types
    if wide.equals(narrow) or types.is_null(narrow):
        return True
    if types.is_integer(wide):
        return _integer_holds(wide, narrow)
    if types.is_floating(wide):
        return _float_holds(wide, narrow)
    if types.is_decimal(wide):
        return _decimal_holds(wide, narrow)
    if types.is_binary(wide):
        return bool(types.is_fixed_size_binary(narrow))
    if types.is_timestamp(wide):
        same = types.is_timestamp(narrow) and bool(narrow.tz) == bool(wide.tz)
        return (same and _moments(narrow.unit, wide.unit)) or (
            types.is_date(narrow) and not wide.tz and wide.unit != "ns"
        )
    if types.is_duration(wide):
        return bool(types.is_duration(narrow)) and _moments(narrow.unit, wide.unit)
    if types.is_time(wide):
        return bool(types.is_time(narrow)) and _UNITS.index(narrow.unit) <= _UNITS.index(wide.unit)
    if types.is_list(wide):
        return _is_list(narrow) and _field_holds(wide.value_field, narrow.value_field)
    if types.is_fixed_size_list(wide):
        same = types.is_fixed_size_list(narrow) and narrow.list_size == wide.list_size
        return same and _field_holds(wide.value_field, narrow.value_field)
    if types.is_map(wide) and types.is_map(narrow):
        return _holds(wide.key_type, narrow.key_type) and _field_holds(wide.item_field, narrow.item_field)
    return bool(types.is_struct(wide) and types.is_struct(narrow)) and _struct_holds(wide, narrow)


def _widened(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    types = pa.types
    if _is_list(a) and _is_list(b):
        return _widened_list(a, b)
    if types.is_map(a) and types.is_map(b):
        key, item = _widened(a.key_type, b.key_type), _widened_field(a.item_field, b.item_field)
        return None if key is None or item is None else pa.map_(key, item)
    if types.is_struct(a) and types.is_struct(b):
        return _widened_struct(a, b)
    if _holds(a, b):
        # Two zones show the same moments, so that either holds the other; the one of neither is for both.
        return pa.timestamp(a.unit, "UTC") if _holds(b, a) and not a.equals(b) else a
    if _holds(b, a):
        return b
    if types.is_fixed_size_binary(a) and types.is_fixed_size_binary(b):
        return pa.binary()
    return _widened_number(a, b) if _is_number(a) and _is_number(b) else None


def _widened_number(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    """The least for two numbers neither of which holds the other. No integer becomes a float for another integer."""
    types = pa.types
    if types.is_floating(a) or types.is_floating(b):
        return next((kind for kind in _FLOATS if _holds(kind, a) and _holds(kind, b)), None)
    if types.is_integer(a) and types.is_integer(b):
        wide = (kind for kind in _SIGNED if _holds(kind, a) and _holds(kind, b))
        return next(wide, pa.decimal128(_UINT64_DIGITS, 0))
    (left, behind), (right, after) = _digits(a), _digits(b)
    scale = max(behind, after)
    precision = max(left, right) + scale
    return _decimal(precision, scale) if precision <= _MOST_DIGITS else None


def _integer_holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    types, signed = pa.types, pa.types.is_signed_integer(wide)
    if types.is_decimal(narrow):
        return bool(signed and narrow.scale <= 0 and _digits(narrow)[0] <= _DIGITS[wide.bit_width][1])
    if not types.is_integer(narrow) or (types.is_signed_integer(narrow) and not signed):
        return False
    return bool(_bits(wide) >= _bits(narrow))


def _float_holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    types = pa.types
    if types.is_decimal(narrow):
        return bool(narrow.scale <= 0 and _digits(narrow)[0] <= _FLOAT_DIGITS[wide.bit_width])
    if types.is_integer(narrow):
        return _bits(narrow) <= _FLOAT_BITS[wide.bit_width]
    return bool(types.is_floating(narrow) and narrow.bit_width <= wide.bit_width)


def _decimal_holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    if not (pa.types.is_integer(narrow) or pa.types.is_decimal(narrow)):
        return False
    before, behind = _digits(narrow)
    return bool(wide.precision - wide.scale >= before and wide.scale >= behind)


def _digits(kind: pa.DataType) -> tuple[int, int]:
    """The most digits that an integer or a decimal has before and behind the point."""
    if pa.types.is_decimal(kind):
        return kind.precision - kind.scale, kind.scale
    return (_UINT64_DIGITS if pa.types.is_uint64(kind) else _DIGITS[kind.bit_width][0]), 0


def _struct_holds(wide: pa.StructType, narrow: pa.StructType) -> bool:
    there, brought = ({field.name: field for field in kind} for kind in (wide, narrow))
    if len(there) < len(wide) or len(brought) < len(narrow) or not brought.keys() <= there.keys():
        return False
    return all(
        _field_holds(field, brought[name]) if name in brought else field.nullable for name, field in there.items()
    )


def _widened_struct(a: pa.StructType, b: pa.StructType) -> pa.StructType | None:
    """The fields of the first, in their order, then what else the second has; a field of one alone may be null."""
    left, right = ({field.name: field for field in kind} for kind in (a, b))
    if len(left) < len(a) or len(right) < len(b):
        return a if a.equals(b) else None
    fields = []
    for name in (*left, *(name for name in right if name not in left)):
        if name in left and name in right:
            field = _widened_field(left[name], right[name])
            if field is None:
                return None
        else:
            field = (left[name] if name in left else right[name]).with_nullable(True)
        fields.append(field)
    return pa.struct(fields)


def _widened_list(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    field = _widened_field(a.value_field, b.value_field)
    if field is None:
        return None
    fixed = pa.types.is_fixed_size_list(a) and pa.types.is_fixed_size_list(b) and a.list_size == b.list_size
    return pa.list_(field, a.list_size) if fixed else pa.list_(field)


def _widened_field(a: pa.Field, b: pa.Field) -> pa.Field | None:
    kind = _widened(a.type, b.type)
    return None if kind is None else pa.field(a.name, kind, a.nullable or b.nullable)


def _field_holds(wide: pa.Field, narrow: pa.Field) -> bool:
    return bool(wide.nullable or not narrow.nullable) and _holds(wide.type, narrow.type)


def _item(field: pa.Field, name: str) -> pa.Field:
    return pa.field(name, plain_type(field.type), field.nullable)


def _decimal(precision: int, scale: int) -> pa.DataType:
    made = pa.decimal128 if precision <= _MOST_SMALL_DIGITS else pa.decimal256
    return made(precision, scale)


def _moments(narrow: str, wide: str) -> bool:
    """Nanoseconds reach no further than 292 years, and nothing else is as fine."""
    return narrow == wide or (wide != "ns" and _UNITS.index(narrow) < _UNITS.index(wide))


def _bits(kind: pa.DataType) -> int:
    return int(kind.bit_width) - bool(pa.types.is_signed_integer(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_list(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))
