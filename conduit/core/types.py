"""Names of types as people write them in YAML: "int64", "decimal(12,2)", "timestamp[us, UTC]", "list<int64>"."""

from __future__ import annotations

import re

import pyarrow as pa

from conduit.errors import UnknownName

_SIMPLE = {
    "bool": pa.bool_(), "boolean": pa.bool_(),
    "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(),
    "uint8": pa.uint8(), "uint16": pa.uint16(), "uint32": pa.uint32(), "uint64": pa.uint64(),
    "smallint": pa.int16(), "int": pa.int64(), "integer": pa.int64(), "bigint": pa.int64(),
    "float32": pa.float32(), "float": pa.float64(), "float64": pa.float64(), "double": pa.float64(),
    "real": pa.float32(),
    "string": pa.string(), "str": pa.string(), "text": pa.string(), "varchar": pa.string(),
    "large_string": pa.large_string(),
    "binary": pa.binary(), "bytes": pa.binary(), "bytea": pa.binary(), "blob": pa.binary(),
    "large_binary": pa.large_binary(),
    "date": pa.date32(), "date32": pa.date32(),
    "time": pa.time64("us"), "time64": pa.time64("us"),
    "timestamp": pa.timestamp("us"), "datetime": pa.timestamp("us"), "timestamptz": pa.timestamp("us", "UTC"),
    "duration": pa.duration("us"), "null": pa.null(),
}  # fmt: skip

# Text, compiled when a name is met that is not simple.
_DECIMAL = r"^(?:decimal|numeric|decimal128|decimal256)\s*\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)$"
_TIMED = r"^(timestamp|time|duration)\s*\[\s*(s|ms|us|ns)\s*(?:,\s*(?:tz=)?([^\]]+?)\s*)?\]$"
_LIST = r"^list\s*<\s*(?:item\s*:\s*)?(.+)\s*>$"
_STRUCT = r"^struct\s*<\s*(.+)\s*>$"


def parse_type(text: str) -> pa.DataType:
    """The Arrow type that `text` names. Raises UnknownName with the nearest known name."""
    name = text.strip()
    lower = name.lower()
    if lower in _SIMPLE:
        return _SIMPLE[lower]
    if match := re.match(_DECIMAL, lower):
        precision, scale = int(match[1]), int(match[2] or 0)
        if 1 <= precision <= 38:
            return pa.decimal128(precision, scale)
        if precision <= 76:
            return pa.decimal256(precision, scale)
    if match := re.match(_TIMED, name):
        kind, unit, zone = match.groups()
        if kind == "timestamp":
            return pa.timestamp(unit, zone)
        if kind == "duration" and not zone:
            return pa.duration(unit)
        if kind == "time" and not zone:
            return pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    if match := re.match(_LIST, name):
        return pa.list_(parse_type(match[1]))
    if match := re.match(_STRUCT, name):
        parts = [part.split(":", 1) for part in _split_top(match[1])]
        if all(len(part) == 2 for part in parts):
            return pa.struct([(key.strip(), parse_type(value)) for key, value in parts])
    raise UnknownName.among("type", text, [*_SIMPLE, "decimal(12,2)", "timestamp[us, UTC]", "list<int64>"])


def type_name(kind: pa.DataType) -> str:
    """The shortest text that `parse_type` reads back as `kind`."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return f"timestamp[{kind.unit}, {kind.tz}]" if kind.tz else f"timestamp[{kind.unit}]"
    if pa.types.is_time(kind):
        return f"time[{kind.unit}]"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {type_name(field.type)}' for field in kind)}>"
    named = {pa.float64(): "float64", pa.float32(): "float32", pa.date32(): "date32", pa.bool_(): "bool"}
    return named.get(kind, str(kind))


def _split_top(text: str) -> list[str]:
    """Split at the commas that stand outside of <...>, [...] and (...)."""
    depth, start, parts = 0, 0, []
    for i, char in enumerate(text):
        depth += (char in "<[(") - (char in ">])")
        if char == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]
