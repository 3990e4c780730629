"""Arrow types as SQLite keeps them: declared types that say which they are, and columns of values to and fro.

SQLite stores five classes of values, in any column, and a declared type only hints. So a type that is not one of its
own is declared as its storage class and its Arrow name, `"TEXT decimal(12,2)"`, and reads back as that:

| Arrow | declared | stored as |
|---|---|---|
| int64, float64, string, binary, bool | INTEGER, REAL, TEXT, BLOB, BOOLEAN | themselves, 0 and 1 |
| other integers, durations | `INTEGER int16`, `INTEGER duration[us]` | integers |
| float32 | `REAL float32` | reals |
| decimals, dates, times, timestamps | `TEXT date32`, ... | ISO text; never REAL, which would round |
| lists, structs | `TEXT list<int64>`, ... | JSON |

NaN and integers beyond 63 bits have no place in SQLite (it makes NULL of NaN): they are a DestinationError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.table_json import array_from, is_nested, json_of
from conduit.connectors._lib.table_text import array_of, is_text_coded, text_of
from conduit.errors import UnknownName
from conduit.sdk import DestinationError, SchemaError, parse_type, plain_type, type_name

Value = int | float | str | bytes | bytearray | None

_OWN = {
    pa.int64(): "INTEGER", pa.float64(): "REAL", pa.string(): "TEXT", pa.binary(): "BLOB", pa.bool_(): "BOOLEAN",
}  # fmt: skip
_ANNOTATED = re.compile(r"^(?:INTEGER|REAL|TEXT|BLOB) (.+)$")
_DECIMAL = re.compile(r"^(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$")
_LARGEST = (1 << 63) - 1


def stored_type(kind: pa.DataType) -> pa.DataType:
    """The Arrow type that comes back: `kind` without dictionaries, views and large lists, in lists and structs too."""
    kind = plain_type(kind)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_fixed_size_binary(kind):
        return pa.binary()
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind):
        return pa.list_(stored_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, stored_type(field.type)) for field in kind])
    return kind


def declared_type(name: str, kind: pa.DataType, table: str) -> str:
    """The declared type of a column that holds `kind`. Raises SchemaError when SQLite can hold no such thing."""
    if kind in _OWN:
        return _OWN[kind]
    text = type_name(kind)
    storage = _storage(kind)
    if storage is None or arrow_type(f"{storage} {text}") != kind:
        raise SchemaError(
            f"SQLite has no place for column {name!r}, which is {text}.",
            place=table,
            remedy="Cast it to another type with `cast:`, string for example.",
        )
    return f"{storage} {text}"


def arrow_type(declared: str) -> pa.DataType | None:
    """The Arrow type that a declared type stands for; None when only the values can tell."""
    if match := _ANNOTATED.match(declared):
        try:
            return parse_type(match[1])
        except UnknownName:
            pass
    upper = declared.upper().strip()
    if match := _DECIMAL.match(upper):
        precision, scale = int(match[1]), int(match[2] or 0)
        return pa.decimal128(precision, scale) if 1 <= precision <= 38 and scale <= precision else None
    base = upper.split("(")[0].strip()
    if base in ("BOOL", "BOOLEAN"):
        return pa.bool_()
    if base == "DATE":
        return pa.date32()
    if base in ("DATETIME", "TIMESTAMP"):
        return pa.timestamp("us")
    own = {"INTEGER": pa.int64(), "TEXT": pa.string(), "REAL": pa.float64()}.get(affinity(declared))
    return pa.binary() if own is None and "BLOB" in upper else own


def affinity(declared: str) -> str:
    """SQLite's own rule for what a column makes of the values that are put into it."""
    upper = declared.upper()
    for storage, marks in (("INTEGER", ("INT",)), ("TEXT", ("CHAR", "CLOB", "TEXT")), ("BLOB", ("BLOB",))):
        if any(mark in upper for mark in marks):
            return storage
    if not upper:
        return "BLOB"
    return "REAL" if any(mark in upper for mark in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def keeps(declared: str, kind: pa.DataType) -> bool:
    """Whether a column so declared leaves values of `kind` as they are, given its affinity."""
    rule = affinity(declared)
    if rule == "BLOB" or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return True
    if pa.types.is_decimal(kind):
        # A numeric column turns the digits into a REAL, which holds fifteen of them.
        return rule == "TEXT" or kind.precision <= 15
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return rule == "TEXT"
    return rule != "TEXT" or _storage(kind) == "TEXT"


def inferred_type(classes: set[str], declared: str) -> pa.DataType:
    """The Arrow type for values of these storage classes in a column whose declared type does not tell."""
    found = classes - {"null"}
    if not found:
        return pa.float64() if affinity(declared) == "NUMERIC" else pa.string()
    if "text" in found:
        return pa.string()
    if "blob" in found:
        return pa.binary()
    return pa.float64() if "real" in found else pa.int64()


def values_of(array: pa.Array, name: str, table: str) -> list[Value]:
    """What SQLite stores for the column. Raises DestinationError for a value that it would change."""
    kind = array.type
    try:
        if pa.types.is_uint64(kind) and (most := pc.max(array).as_py()) is not None and most > _LARGEST:
            raise pa.ArrowInvalid(f"{most} is beyond 63 bits")
        if pa.types.is_floating(kind) and pc.any(pc.is_nan(array)).as_py():
            raise pa.ArrowInvalid("SQLite stores NaN as NULL")
        if pa.types.is_boolean(kind):
            array = array.cast(pa.int8())
        elif pa.types.is_duration(kind):
            array = array.cast(pa.int64())
        elif is_text_coded(kind):
            array = text_of(array)
        elif is_nested(kind):
            return list(json_of(array))
    except pa.ArrowException as lossy:
        raise DestinationError(
            f"Column {name!r} has a value that cannot be stored exactly as {type_name(kind)}: {lossy}.",
            place=table,
            remedy="Filter such rows, replace the value, or cast the column to string.",
        ) from lossy
    return list(array.to_pylist())


def array_from_values(values: Sequence[Value], kind: pa.DataType) -> pa.Array:
    """The column that the stored values stand for; text comes as bytearray, a blob as bytes.

    Raises ValueError (ArrowInvalid is one) or TypeError when one value is not of the type, or not exactly.
    """
    classes = set(map(type, values)) - {type(None)}
    types = pa.types
    if types.is_decimal(kind):
        return _decimals(values, classes, kind)
    if wrong := classes - _classes(kind):
        raise pa.ArrowTypeError(f"{class_name(wrong.pop())} where {type_name(kind)} is expected")
    if types.is_boolean(kind):
        bits = pa.array(values, pa.int64())
        if bits.null_count < len(bits) and not {pc.min(bits).as_py(), pc.max(bits).as_py()} <= {0, 1}:
            raise pa.ArrowInvalid("a truth value is 0 or 1")
        return bits.cast(pa.bool_())
    if types.is_duration(kind):
        return pa.array(values, pa.int64()).cast(kind)
    if types.is_float32(kind):
        wide = pa.array(values, pa.float64())
        narrow = wide.cast(kind)
        if not narrow.cast(pa.float64()).equals(wide):
            raise pa.ArrowInvalid("a value has more digits than float32")
        return narrow
    if is_text_coded(kind):
        return array_of(pa.array(values, pa.string()), kind)
    return array_from(values, kind) if is_nested(kind) else pa.array(values, kind)  # type: ignore[arg-type]


def misfits(values: Sequence[Value], convert: Callable[[Sequence[Value]], pa.Array]) -> dict[int, str]:
    """The places of the values that `convert` refuses, each with the reason, found by halving.

    Bad values are few: whole stretches of good ones are converted at once, whatever their number.
    """
    found: dict[int, str] = {}
    stretches = [(0, len(values))]
    while stretches:
        first, last = stretches.pop()
        try:
            convert(values[first:last])
        except (ValueError, TypeError) as refused:
            if last - first == 1:
                found[first] = str(refused)
            else:
                middle = (first + last) // 2
                stretches += [(first, middle), (middle, last)]
    return found


def class_name(of: type) -> str:
    """SQLite's name of the storage class behind a Python type."""
    return {int: "integer", float: "real", bytearray: "text", str: "text", bytes: "blob"}.get(of, of.__name__)


def _storage(kind: pa.DataType) -> str | None:
    types = pa.types
    if types.is_integer(kind) or types.is_duration(kind):
        return "INTEGER"
    if types.is_floating(kind):
        return "REAL"
    if types.is_binary(kind) or types.is_large_binary(kind):
        return "BLOB"
    texts = types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind)
    return "TEXT" if texts or is_text_coded(kind) or is_nested(kind) else None


def _classes(kind: pa.DataType) -> set[type]:
    types = pa.types
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_duration(kind):
        return {int}
    if types.is_floating(kind):
        return {int, float}
    return {bytes} if types.is_binary(kind) or types.is_large_binary(kind) else {bytearray}


def _decimals(values: Sequence[Value], classes: set[type], kind: pa.DataType) -> pa.Array:
    """Decimals from text, or from numbers by their shortest text, which is what was meant by them."""
    if classes <= {int}:
        return pa.array(values, pa.int64()).cast(pa.string()).cast(kind)
    if classes <= {float}:
        return pa.array(values, pa.float64()).cast(pa.string()).cast(kind)
    if classes & {bytes}:
        raise pa.ArrowTypeError(f"blob where {type_name(kind)} is expected")
    if classes <= {bytearray}:
        return pa.array(values, pa.string()).cast(kind)
    return pa.array([str(v) if isinstance(v, (int, float)) else v for v in values], pa.string()).cast(kind)
