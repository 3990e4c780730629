"""Arrow types as JSON keeps them: what a column is once its file is read again and its values tell the type.

| Arrow | JSON | comes back as |
|---|---|---|
| integers, `duration` | digits | `int64`, beyond it `uint64` |
| floats, decimals | digits | `float64`, a decimal where that has not room for all of them |
| dates, times, timestamps, binary | text: ISO 8601, base64 | text, and as they were where `columns:` says so |
| lists, structs, maps | arrays, objects | the same of what is in them, a struct for a map |

The values that are there decide, so a column may come back as a type that holds fewer values than the one promised.
"""

from __future__ import annotations

import pyarrow as pa

from conduit.sdk import SchemaError, plain_type, type_name


def kept_type(kind: pa.DataType, name: str) -> pa.DataType:
    """The type that holds all that comes back of `kind`. Raises SchemaError, naming the column, for what JSON lacks."""
    types, plain = pa.types, plain_type(kind)
    if types.is_list(plain) or types.is_fixed_size_list(plain):
        return pa.list_(kept_type(plain.value_type, name))
    if types.is_struct(plain):
        # An object without keys tells nothing of itself when it is read.
        return pa.struct([(field.name, kept_type(field.type, name)) for field in plain]) if len(plain) else pa.string()
    if types.is_map(plain):
        return pa.map_(pa.string(), kept_type(plain.item_type, name))
    if types.is_uint64(plain) or types.is_boolean(plain) or types.is_decimal(plain):
        return plain
    if types.is_integer(plain) or types.is_duration(plain):
        return pa.int64()
    if types.is_floating(plain):
        return pa.float64()
    if types.is_interval(plain) or types.is_run_end_encoded(plain) or types.is_nested(plain):
        raise SchemaError(
            f"JSON has no form for the column {name!r} of type {type_name(kind)}.",
            remedy="Cast it to string, leave it out with `columns:`, or write Parquet.",
        )
    return pa.string()
