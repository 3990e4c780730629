"""Values as text that reads back as the same values, for formats and tables that have no such types."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import polars as pl


def reads_as_text(kind: pa.DataType) -> bool:
    """Whether Arrow casts plain text to this type by itself."""
    types = pa.types
    return not (
        types.is_nested(kind)
        or types.is_time(kind)
        or types.is_duration(kind)
        or types.is_null(kind)
        or is_binary(kind)
    )


def is_binary(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    )


def text_of(values: pa.Array) -> pa.Array:
    """Each value as text, null where it is: structs and lists as JSON, bytes in base64, durations as whole units."""
    kind = values.type
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.string())
    if pa.types.is_nested(kind):
        return _json_of(values)
    if is_binary(kind):
        return _encoded(values)
    if pa.types.is_duration(kind):
        return values.cast(pa.int64()).cast(pa.string())
    return values.cast(pa.string())


def values_of(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values that `text_of` wrote down. Raises ValueError or ArrowException for any other text."""
    if pa.types.is_null(kind):
        return pa.nulls(len(text))
    if pa.types.is_nested(kind):
        return _from_json(text, kind)
    if is_binary(kind):
        # base64 of text that somebody may have edited: Python's decoder is the strict one.
        return pa.array([None if t is None else base64.b64decode(t, validate=True) for t in text.to_pylist()], kind)
    if pa.types.is_duration(kind):
        return text.cast(pa.int64()).cast(kind)
    if pa.types.is_time(kind):
        dated = pc.binary_join_element_wise("1970-01-01", text, " ")
        return dated.cast(pa.timestamp(kind.unit)).cast(kind)
    return text.cast(kind)


def rows_as_json(rows: pa.StructArray) -> pa.Array:
    """Each row as one JSON object: every column by its name, numbers as numbers, what JSON lacks as text."""
    if not rows.type.num_fields:
        return pa.repeat(pa.scalar("{}"), len(rows))
    return _json_of(rows)


def bytes_as_text(raw: pa.Array) -> pa.Array:
    """Bytes that are mostly text: as they are where they are UTF-8, else with `\\xNN` for those that are not."""
    try:
        return raw.cast(pa.large_string()).cast(pa.string())
    except pa.ArrowInvalid:
        texts = [None if r is None else r.decode("utf-8", "backslashreplace") for r in raw.to_pylist()]
        return pa.array(texts, pa.string())


def _json_of(values: pa.Array) -> pa.Array:
    import polars as pl

    plain = _plain(values)
    if not (pa.types.is_list(plain.type) or pa.types.is_large_list(plain.type)):
        encoded = _polars(plain).struct.json_encode()
        return pc.if_else(values.is_valid(), encoded.to_arrow().cast(pa.string()), pa.scalar(None, pa.string()))
    # Polars encodes structs alone: put the list into one, and take the braces off again.
    wrapped = _polars(pa.StructArray.from_arrays([plain], names=["v"])).struct.json_encode()
    bare = pl.select(pl.lit(wrapped).str.strip_prefix('{"v":').str.strip_suffix("}")).to_series()
    return pc.if_else(values.is_valid(), bare.to_arrow().cast(pa.string()), pa.scalar(None, pa.string()))


def _plain(values: pa.Array) -> pa.Array:
    """The same values in types that JSON has: numbers, truth values, text, lists and structs of them."""
    kind, types = values.type, pa.types
    if types.is_struct(kind):
        children = [_plain(child) for child in values.flatten()]
        if not children:
            return values
        return pa.StructArray.from_arrays(children, names=[f.name for f in kind], mask=values.is_null())
    if types.is_map(kind):
        values = values.cast(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)])))
        return _plain(values)
    if types.is_fixed_size_list(kind) or types.is_list_view(kind) or types.is_large_list_view(kind):
        return _plain(values.cast(pa.large_list(kind.value_field)))
    if types.is_list(kind) or types.is_large_list(kind):
        items = _plain(values.flatten())
        lengths = pc.fill_null(pc.list_value_length(values), 0).cast(pa.int64())
        offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
        return pa.LargeListArray.from_arrays(offsets, items, mask=values.is_null())
    if types.is_dictionary(kind):
        return _plain(values.dictionary_decode())
    if types.is_boolean(kind) or types.is_integer(kind):
        return values
    if types.is_floating(kind) and pc.all(pc.is_finite(values)).as_py() is not False:
        return values.cast(pa.float64())
    return text_of(values)


def _from_json(text: pa.Array, kind: pa.DataType) -> pa.Array:
    import json

    # A person may have edited it: json's own decoder is strict where a bulk parser makes null of what it cannot read.
    return _built([None if value is None else json.loads(value) for value in text.to_pylist()], kind)


def _built(values: list[Any], kind: pa.DataType) -> pa.Array:
    types = pa.types
    if types.is_struct(kind):
        _require(values, dict)
        names = [field.name for field in kind]
        if unknown := {name for value in values if value for name in value} - set(names):
            raise ValueError(f"there is no field {sorted(unknown)[0]!r}")
        children = [_built([value and value.get(field.name) for value in values], field.type) for field in kind]
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=mask)
    if types.is_map(kind):
        pairs = _built(values, pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)])))
        return pairs.cast(kind)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        _require(values, list)
        items = _built([item for value in values if value is not None for item in value], kind.value_type)
        lengths = pa.array([0, *(len(value or ()) for value in values)], pa.int64())
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.LargeListArray.from_arrays(pc.cumulative_sum(lengths), items, mask=mask).cast(kind)
    if reads_as_text(kind) and not (types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind)):
        _require(values, str)
        return pa.array(values, pa.string()).cast(kind)
    if types.is_floating(kind):
        return pa.array([float(value) if isinstance(value, str) else value for value in values], kind)
    if types.is_boolean(kind) or types.is_integer(kind):
        _require(values, bool if types.is_boolean(kind) else int)
        return pa.array(values, kind)
    _require(values, str)
    return values_of(pa.array(values, pa.string()), kind)


def _require(values: list[Any], expected: type) -> None:
    if found := {type(value) for value in values} - {expected, type(None)}:
        raise ValueError(f"{found.pop().__name__} where {expected.__name__} is expected")


def _encoded(values: pa.Array) -> pa.Array:
    import polars as pl

    binary = _polars(values.cast(pa.large_binary()))
    return pl.select(pl.lit(binary).bin.encode("base64")).to_series().to_arrow().cast(pa.string())


def _polars(values: pa.Array) -> pl.Series:
    import polars as pl

    return cast("pl.Series", pl.from_arrow(values))
