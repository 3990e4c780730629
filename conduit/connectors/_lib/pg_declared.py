"""Arrow types as PostgreSQL keeps them: which column type holds every value, and how a column says which it was.

| Arrow | PostgreSQL | comes back as |
|---|---|---|
| bool, int16, int32, int64, float32, float64, string, binary, date32 | boolean ... date | the same |
| int8 and uint8, uint16, uint32 | smallint, integer, bigint | int16, int32, int64 |
| uint64, decimal(p,s) | numeric(20,0), numeric(p,s) | decimal(20,0), decimal(p,s) |
| time, timestamp, timestamp with a zone | time, timestamp, timestamptz | microseconds, UTC |
| duration | interval | `duration[us]` |
| lists of these | arrays | lists |
| structs, maps, lists of lists or structs | jsonb | themselves, maps as text |
| UUID, JSON | uuid, jsonb | themselves, JSON as text |

A type that the catalogue cannot tell from another, a struct in a jsonb, say, stands in the column's comment, behind
`arrow: `. What a cast would change is a DestinationError that names the column.
"""

from __future__ import annotations

import pyarrow as pa

from conduit.connectors._lib.sql import quote
from conduit.core.exact_casts import exact_or_null
from conduit.errors import UnknownName
from conduit.sdk import DestinationError, SchemaError, parse_type, plain_type, type_name

_REMARK = "arrow: "
_UUID = "uuid"
_MOST_DIGITS = 1000
_NAMED = {
    pa.bool_(): "boolean", pa.int16(): "smallint", pa.int32(): "integer", pa.int64(): "bigint",
    pa.float32(): "real", pa.float64(): "double precision", pa.string(): "text", pa.binary(): "bytea",
    pa.date32(): "date", pa.time64("us"): "time", pa.timestamp("us"): "timestamp",
    pa.timestamp("us", "UTC"): "timestamptz", pa.duration("us"): "interval",
    pa.month_day_nano_interval(): "interval", pa.uuid(): "uuid",
}  # fmt: skip
_SPELLED = {
    "time": "time without time zone", "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}  # fmt: skip
_ROOMIER = {
    pa.int8(): pa.int16(), pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0), pa.float16(): pa.float32(), pa.null(): pa.string(),
}  # fmt: skip


def stored_type(kind: pa.DataType) -> pa.DataType:
    """The Arrow type that is written, and comes back: it holds what `kind` holds, or is the nearest to it."""
    types = pa.types
    if kind == pa.uuid() or is_json(kind):
        return kind
    kind = plain_type(kind)
    if kind in _ROOMIER:
        return _ROOMIER[kind]
    if types.is_fixed_size_binary(kind):
        return pa.binary()
    if types.is_decimal(kind) and kind.scale < 0:
        return plain_type(pa.decimal256(kind.precision - kind.scale, 0))
    if types.is_time(kind):
        return pa.time64("us")
    if types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    if types.is_duration(kind):
        return pa.duration("us")
    if types.is_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(stored_type(kind.value_type))
    if types.is_struct(kind):
        return pa.struct([(field.name, stored_type(field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(stored_type(kind.key_type), stored_type(kind.item_type))
    return kind


def stored_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of what is written."""
    return pa.schema([(field.name, stored_type(field.type)) for field in schema])


def returned_type(name: str, kind: pa.DataType, place: str) -> pa.DataType:
    """The type that `describe` finds once a column of `kind` is there. Raises SchemaError when there can be none."""
    declared_type(name, kind, place)
    stored = stored_type(kind)
    if needs_remark(stored) and not remark(stored):
        return pa.string()
    return pa.string() if is_json(stored) else stored


def declared_type(name: str, kind: pa.DataType, place: str) -> str:
    """The type in SQL of a column that holds `kind`. Raises SchemaError when PostgreSQL can keep no such thing."""
    declared = _declared(stored_type(kind))
    if declared is None:
        raise SchemaError(
            f"PostgreSQL has no type for column {name!r}, which is {type_name(kind)}.",
            place=place,
            remedy="Cast it to another type with `cast:`, string for example.",
        )
    return declared


def catalogued_type(name: str, kind: pa.DataType, place: str) -> str:
    """The same as the server's catalogue spells it."""
    declared = declared_type(name, kind, place)
    item = declared.removesuffix("[]")
    return _SPELLED.get(item, item) + declared[len(item) :]


def definitions(schema: pa.Schema, place: str) -> list[str]:
    """The columns of a CREATE TABLE. Raises SchemaError for a type that PostgreSQL cannot keep."""
    return [f"{quote(field.name)} {declared_type(field.name, field.type, place)}" for field in schema]


def is_json(kind: pa.DataType) -> bool:
    """Whether values are JSON texts by their type."""
    return bool(isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.json")


def is_document(kind: pa.DataType) -> bool:
    """Whether a column of a stored type is a jsonb: nested more than an array can be, or JSON itself."""
    if is_json(kind):
        return True
    if pa.types.is_list(kind):
        return bool(pa.types.is_nested(kind.value_type) or is_json(kind.value_type))
    return bool(pa.types.is_struct(kind) or pa.types.is_map(kind))


def needs_remark(kind: pa.DataType) -> bool:
    """Whether the catalogue cannot tell a stored type from others that are kept the same way."""
    if is_json(kind):
        return False
    interval = pa.types.is_duration(kind) or pa.types.is_interval(kind)
    return bool(is_document(kind) or interval or kind == pa.uuid())


def remark(kind: pa.DataType) -> str | None:
    """The comment of a column that says its Arrow type; None where none is needed, or where no text could say it."""
    kind = stored_type(kind)
    if not needs_remark(kind):
        return None
    if kind == pa.uuid():
        return _REMARK + _UUID
    named = type_name(kind)
    return _REMARK + named if remarked(_REMARK + named) == kind else None


def remarked(comment: str | None) -> pa.DataType | None:
    """The Arrow type that a column's comment says; None when it says none."""
    if comment is None or not comment.startswith(_REMARK):
        return None
    name = comment.removeprefix(_REMARK)
    if name == _UUID:
        return pa.uuid()
    try:
        return parse_type(name)
    except (UnknownName, ValueError):
        return None


def remarks(target: str, schema: pa.Schema) -> list[str]:
    """The statements that leave the comments on the columns of a table, a quoted name."""
    said = [(field.name, remark(field.type)) for field in schema]
    return [f"COMMENT ON COLUMN {target}.{quote(name)} IS {literal(text)}" for name, text in said if text]


def literal(text: str) -> str:
    """The text as a constant of SQL, whatever the server's settings."""
    doubled = text.replace("'", "''")
    return "E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in text else f"'{doubled}'"


def stored_column(values: pa.Array, field: pa.Field, place: str) -> pa.Array:
    """The values in the stored type of their column. Raises DestinationError where one would be changed."""
    if values.type == field.type:
        return values
    stored = _stored(values, field.type)
    if stored.null_count > values.null_count:
        raise DestinationError(
            f"Column {field.name!r} has a value that {type_name(field.type)} cannot hold exactly.",
            place=place,
            remedy="Round or cast the column first with `cast:`.",
        )
    return stored


def _stored(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind) and (pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type)):
        # The kernel; nothing can go wrong with it.
        return values.cast(kind)
    return exact_or_null(values, kind)


def _declared(kind: pa.DataType) -> str | None:
    types = pa.types
    if kind in _NAMED:
        return _NAMED[kind]
    if types.is_decimal(kind) and kind.precision <= _MOST_DIGITS:
        return f"numeric({kind.precision},{kind.scale})"
    if is_document(kind):
        return "jsonb" if all(_declared(inner) for inner in _inside(kind)) else None
    if types.is_list(kind):
        inner = _declared(kind.value_type)
        return inner and f"{inner}[]"
    return None


def _inside(kind: pa.DataType) -> list[pa.DataType]:
    """The types that a document is made of."""
    if is_json(kind):
        return []
    if pa.types.is_map(kind):
        return [kind.key_type, kind.item_type]
    return [kind.value_type] if pa.types.is_list(kind) else [field.type for field in kind]
