"""Lists, maps and structs in another type: a value is held where all that is in it is."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null, where_true

OfValues = Callable[[pa.Array, pa.DataType], pa.Array]


def nested_or_null(values: pa.Array, kind: pa.DataType, cast: OfValues) -> pa.Array:
    """Nested values in another nested type, null where `cast` makes null of a value inside that was not.

    Raises ArrowNotImplementedError where the two types have not the same shape.
    """
    types, source = pa.types, values.type
    if types.is_struct(source) and types.is_struct(kind):
        return _structs(values, kind, cast)
    if types.is_map(source) and types.is_map(kind):
        return _maps(values, kind, cast)
    if _is_list(kind) and (types.is_map(source) or _is_list(source)):
        return _lists(_entries(values) if types.is_map(source) else values, kind, cast)
    raise pa.ArrowNotImplementedError(f"No {source} is a {kind}")


def _structs(values: pa.StructArray, kind: pa.StructType, cast: OfValues) -> pa.Array:
    there = values.type.names
    if len(set(there)) < len(there) or not set(there) <= set(kind.names):
        raise pa.ArrowNotImplementedError(f"{kind} has no place for all of {values.type}")
    held = pc.is_valid(values)
    parts = []
    for field in kind:
        if field.name in there:
            # By Arrow's kernel, which gives null fields to a null struct.
            inner = pc.struct_field(values, values.type.get_field_index(field.name))
            part = cast(inner, field.type)
            held = pc.and_(held, pc.or_(pc.is_valid(part), pc.is_null(inner)))
        else:
            part = pa.nulls(len(values), field.type)
        if not field.nullable:
            held = pc.and_(held, pc.is_valid(part))
        parts.append(part)
    return pa.StructArray.from_arrays(parts, fields=list(kind), mask=pc.invert(held))


def _lists(values: pa.Array, kind: pa.DataType, cast: OfValues) -> pa.Array:
    inner = values.flatten()
    items = cast(inner, kind.value_type)
    lost = _lost(inner, items, kind.value_field)
    if pc.any(lost).as_py():
        return _lists(_without(values, pc.list_parent_indices(values).filter(lost)), kind, cast)
    offsets, absent = _offsets(values), pc.is_null(values)
    if pa.types.is_large_list(kind) or pa.types.is_large_list_view(kind):
        large = pa.large_list(kind.value_field)
        return cast_or_null(pa.LargeListArray.from_arrays(offsets, items, type=large, mask=absent), kind)
    small = pa.list_(kind.value_field)
    return cast_or_null(pa.ListArray.from_arrays(pc.cast(offsets, pa.int32()), items, type=small, mask=absent), kind)


def _maps(values: pa.MapArray, kind: pa.MapType, cast: OfValues) -> pa.Array:
    entries = _entries(values)
    inner = entries.flatten()
    pairs = [pc.struct_field(inner, number) for number in (0, 1)]
    fields = (kind.key_field, kind.item_field)
    found = [cast(part, field.type) for part, field in zip(pairs, fields)]
    lost = pc.or_(*(_lost(part, new, field) for part, new, field in zip(pairs, found, fields)))
    if pc.any(lost).as_py():
        return _maps(_without(values, pc.list_parent_indices(entries).filter(lost)), kind, cast)
    offsets = pc.cast(_offsets(entries), pa.int32())
    return pa.MapArray.from_arrays(offsets, *found, type=kind, mask=pc.is_null(values))


def _entries(values: pa.MapArray) -> pa.Array:
    """As lists of keys with their items: a slice of a map still has the keys and items of the whole."""
    return values.cast(pa.list_(pa.struct([values.type.key_field, values.type.item_field])))


def _lost(values: pa.Array, cast: pa.Array, field: pa.Field) -> pa.Array:
    return pc.and_(pc.is_null(cast), pc.is_valid(values)) if field.nullable else pc.is_null(cast)


def _without(values: pa.Array, rows: pa.Array) -> pa.Array:
    kept = pc.invert(pc.is_in(pa.arange(0, len(values)), pc.cast(rows, pa.int64())))
    return where_true(kept, values)


def _offsets(values: pa.Array) -> pa.Array:
    lengths = pc.cast(pc.fill_null(pc.list_value_length(values), 0), pa.int64())
    return pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])


def _is_list(kind: pa.DataType) -> bool:
    types = pa.types
    views = types.is_list_view(kind) or types.is_large_list_view(kind)
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or views)
