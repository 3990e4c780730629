"""Arrow types as DuckDB keeps them: which column type holds every value, and the cast that gets there without loss.

| Arrow | DuckDB | comes back as |
|---|---|---|
| numbers, decimals up to 38 digits, booleans, text, binary, dates, lists, structs, maps | their own | the same |
| `time32`, `timestamp` with a zone | TIME, TIMESTAMPTZ | `time64[us]`, `timestamp[us, UTC]`: the same instant |
| `duration` | INTERVAL, microseconds | `month_day_nano_interval` |
| dictionaries, large and view types | their values | the plain type |

What has no place there is a SchemaError; a value that a cast would change is a DestinationError that names its column.
"""

from __future__ import annotations

import pyarrow as pa

from conduit.connectors._lib.sql import quote
from conduit.sdk import DestinationError, SchemaError, plain_type, type_name

_PLAIN = {
    pa.bool_(): "BOOLEAN", pa.null(): "INTEGER",
    pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER", pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT", pa.uint16(): "USMALLINT", pa.uint32(): "UINTEGER", pa.uint64(): "UBIGINT",
    pa.float32(): "FLOAT", pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR", pa.binary(): "BLOB", pa.date32(): "DATE",
    pa.time64("us"): "TIME", pa.time64("ns"): "TIME_NS",
    pa.timestamp("s"): "TIMESTAMP_S", pa.timestamp("ms"): "TIMESTAMP_MS",
    pa.timestamp("us"): "TIMESTAMP", pa.timestamp("ns"): "TIMESTAMP_NS",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.duration("us"): "INTERVAL", pa.month_day_nano_interval(): "INTERVAL",
}  # fmt: skip


def stored_type(kind: pa.DataType) -> pa.DataType:
    """The Arrow type that DuckDB takes over exactly and that holds what `kind` holds, or the nearest to it."""
    types, kind = pa.types, plain_type(kind)
    if types.is_float16(kind):
        return pa.float32()
    if types.is_fixed_size_binary(kind):
        return pa.binary()
    if types.is_time32(kind):
        return pa.time64("us")
    if types.is_timestamp(kind) and kind.tz:
        # DuckDB knows one zoned type that every version has, in microseconds; a finer value fails the cast.
        return pa.timestamp("us", "UTC")
    if types.is_duration(kind):
        return pa.duration("us")
    if types.is_fixed_size_list(kind):
        return pa.list_(stored_type(kind.value_type), kind.list_size)
    if types.is_list(kind):
        return pa.list_(stored_type(kind.value_type))
    if types.is_struct(kind):
        return pa.struct([(field.name, stored_type(field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(stored_type(kind.key_type), stored_type(kind.item_type))
    return kind


def returned_type(name: str, kind: pa.DataType, place: str) -> pa.DataType:
    """The Arrow type that a column of `kind` has once it is read again. Raises SchemaError when there is no such."""
    declared_type(name, kind, place)
    return _returned(stored_type(kind))


def _returned(kind: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_null(kind):
        return pa.int32()
    if types.is_duration(kind):
        return pa.month_day_nano_interval()
    if types.is_fixed_size_list(kind):
        return pa.list_(_returned(kind.value_type), kind.list_size)
    if types.is_list(kind):
        return pa.list_(_returned(kind.value_type))
    if types.is_struct(kind):
        return pa.struct([(field.name, _returned(field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(_returned(kind.key_type), _returned(kind.item_type))
    return kind


def stored_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of what is handed to DuckDB."""
    return pa.schema([(field.name, stored_type(field.type)) for field in schema])


def column_definitions(schema: pa.Schema, table: str) -> str:
    """The columns of a CREATE TABLE. Raises SchemaError for a type that DuckDB cannot keep."""
    return ", ".join(f"{quote(field.name)} {declared_type(field.name, field.type, table)}" for field in schema)


def declared_type(name: str, kind: pa.DataType, table: str) -> str:
    """The type in SQL of a column that holds `kind`. Raises SchemaError when DuckDB can keep no such thing."""
    declared = _declared(stored_type(kind))
    if declared is None:
        raise SchemaError(
            f"DuckDB has no type for column {name!r}, which is {type_name(kind)}.",
            place=table,
            remedy="Cast it to another type with `cast:`, string for example.",
        )
    return declared


def stored_batch(batch: pa.RecordBatch, schema: pa.Schema, table: str) -> pa.RecordBatch:
    """`batch` with the columns of `schema`, in its order. Raises DestinationError where a cast would change a value."""
    columns = []
    for field in schema:
        column = batch.column(field.name)
        try:
            if pa.types.is_duration(field.type):
                # DuckDB would take a longer one, and give it back in nanoseconds, wrapped around.
                column.cast(pa.duration("ns"))
            columns.append(column if column.type.equals(field.type) else column.cast(field.type))
        except pa.ArrowException as lossy:
            raise DestinationError(
                f"Column {field.name!r} has a value that {type_name(field.type)} cannot hold exactly: {lossy}.",
                place=table,
                remedy="Round or cast the column first with `cast:`.",
            ) from lossy
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _declared(kind: pa.DataType) -> str | None:
    types = pa.types
    if kind in _PLAIN:
        return _PLAIN[kind]
    if types.is_decimal128(kind) and kind.scale >= 0:
        return f"DECIMAL({kind.precision},{kind.scale})"
    if types.is_fixed_size_list(kind) or types.is_list(kind):
        inner = _declared(kind.value_type)
        length = kind.list_size if types.is_fixed_size_list(kind) else ""
        return inner and f"{inner}[{length}]"
    if types.is_struct(kind) and len(kind):
        fields = [(field.name, _declared(field.type)) for field in kind]
        if all(declared for _, declared in fields):
            return f"STRUCT({', '.join(f'{quote(name)} {declared}' for name, declared in fields)})"
    if types.is_map(kind):
        key, item = _declared(kind.key_type), _declared(kind.item_type)
        return key and item and f"MAP({key}, {item})"
    return None
