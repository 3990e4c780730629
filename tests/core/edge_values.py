"""Values at the edges of a type, where casts and stores go wrong first: the least, the greatest, the finest, none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400
# From the first day of the year 1 to the last second of the year 9999.
FIRST, LAST = -62_135_596_800, 253_402_300_799
# Arrow cannot read the text of an earlier one: it counts the whole seconds first.
_FIRST_IN_NS = -9_223_372_036 * 10**9
_TEXTS = ("", " ", "a", "é\u0301", "1", "1e400", "NaN", "true", "2024-02-30", "😀", "x" * 300, "\n\t\"'\\,;")


def edge_values(kind: pa.DataType) -> pa.Array:
    """An array of the type with its edge values and a null."""
    types = pa.types
    if types.is_null(kind):
        return pa.nulls(2)
    if types.is_timestamp(kind) or types.is_duration(kind) or types.is_time(kind):
        width = pa.int32() if types.is_time32(kind) else pa.int64()
        return pa.array([*_counts(kind), None], width).view(kind)
    if types.is_decimal(kind):
        return pa.array([*_decimals(kind.precision, kind.scale), None], kind)
    return pa.array([*_values(kind), None], kind)


def same(left: pa.Array, right: pa.Array) -> bool:
    """Whether both have equal values in equal places; NaN equals NaN, and -0.0 is 0.0."""
    return len(left) == len(right) and _plain(left) == _plain(right)


def _plain(values: pa.Array) -> list[Any]:
    return [_comparable(value) for value in _whole(values).to_pylist()]


def _whole(values: pa.Array) -> pa.Array:
    """Moments, times and durations as their counts: Python's end at microseconds."""
    types, kind = pa.types, values.type
    if types.is_dictionary(kind):
        return _whole(values.dictionary_decode())
    if types.is_timestamp(kind) or types.is_duration(kind) or types.is_time(kind):
        return pc.cast(values, pa.int32()).cast(pa.int64()) if types.is_time32(kind) else pc.cast(values, pa.int64())
    return values


def _comparable(value: Any) -> Any:
    if isinstance(value, float):
        return "NaN" if value != value else value
    if isinstance(value, dict):
        return {name: _comparable(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_comparable(inner) for inner in value]
    return value


def _values(kind: pa.DataType) -> list[Any]:
    types = pa.types
    if types.is_boolean(kind):
        return [True, False]
    if types.is_integer(kind):
        signed = types.is_signed_integer(kind)
        low = -(2 ** (kind.bit_width - 1)) if signed else 0
        high = 2 ** (kind.bit_width - signed) - 1
        wanted = {low, high, low + 1, high - 1, -1, 0, 1, 7, 2**53 + 1, -(2**53) - 1, 2**24 + 1, 2**31, 2**63}
        return sorted(value for value in wanted if low <= value <= high)
    if types.is_floating(kind):
        top = {16: 65504.0, 32: 3.4028234663852886e38, 64: 1.7976931348623157e308}[kind.bit_width]
        tiny = {16: 2.0**-24, 32: 2.0**-149, 64: 5e-324}[kind.bit_width]
        some = [0.0, -0.0, 1.0, -1.5, 7.0, 0.25, top, -top, tiny, float("nan"), float("inf"), float("-inf")]
        return some + ([0.1, 2.0**53, 2.0**63] if kind.bit_width == 64 else [])
    if types.is_date(kind):
        return [
            dt.date(1, 1, 1),
            dt.date(1969, 12, 31),
            dt.date(1970, 1, 1),
            dt.date(2262, 4, 12),
            dt.date(9999, 12, 31),
        ]
    if types.is_fixed_size_binary(kind):
        return [bytes(kind.byte_width), b"\xff" * kind.byte_width, b"a" * kind.byte_width]
    if types.is_binary(kind) or types.is_large_binary(kind):
        return [b"", b"\x00\xff", b"text", bytes(range(256))]
    if types.is_struct(kind):
        return _structs(kind)
    if types.is_map(kind):
        keys = dict.fromkeys(value for value in edge_values(kind.key_type).to_pylist() if value is not None)
        items = _inner(kind.item_field)
        return [[], *([[(key, items[n % len(items)])] for n, key in enumerate(keys)] if items else [])]
    if types.is_fixed_size_list(kind):
        return [[value] * kind.list_size for value in _inner(kind.value_field)]
    if types.is_list(kind) or types.is_large_list(kind):
        return [[], _inner(kind.value_field), *([value] for value in _inner(kind.value_field))]
    return list(_TEXTS)


def _structs(kind: pa.StructType) -> list[Any]:
    columns = [_inner(field) for field in kind]
    rows = max(map(len, columns), default=1) if all(columns) else 0
    return [{field.name: column[n % len(column)] for field, column in zip(kind, columns)} for n in range(rows)]


def _inner(field: pa.Field) -> list[Any]:
    values = edge_values(field.type)
    plain = (
        values.to_pylist() if not _beyond_python(field.type) else [None if v is None else v for v in _scalars(values)]
    )
    return plain if field.nullable else [value for value in plain if value is not None]


def _beyond_python(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind))


def _scalars(values: pa.Array) -> list[Any]:
    """Arrow takes counts where it takes moments, and Python has no nanoseconds."""
    return list(_whole(values).to_pylist())


def _counts(kind: pa.DataType) -> list[int]:
    per = _PER_SECOND[kind.unit]
    if pa.types.is_time(kind):
        return [0, 1, 43_200 * per, _DAY * per - 1]
    low, high = (FIRST * per, (LAST + 1) * per - 1) if kind.unit != "ns" else (_FIRST_IN_NS, 2**63 - 1)
    if pa.types.is_duration(kind):
        low = -high
    return [low, high, -1, 0, 1, _DAY * per, 1_700_000_000 * per]


def _decimals(precision: int, scale: int) -> list[Decimal]:
    most = 10**precision - 1
    with localcontext() as context:
        context.prec = 100
        return [Decimal(n).scaleb(-scale) for n in (0, 1, -1, 7 % (most + 1), most, -most)]
