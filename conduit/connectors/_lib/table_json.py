"""Lists and structs as JSON text and back, column by column, for stores that have no such types.

What JSON lacks is written as text: decimals, dates and times in the forms of `table_text`, binary in base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.table_text import array_of, is_text_coded, text_of


def is_nested(kind: pa.DataType) -> bool:
    """Whether `json_of` and `array_from` know the type as one of theirs."""
    return bool(pa.types.is_list(kind) or pa.types.is_struct(kind))


def json_of(array: pa.Array) -> list[str | None]:
    """One JSON text per row, None for a NULL."""
    dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return [None if value is None else dump(value) for value in _plain(array)]


def array_from(texts: Sequence[bytearray | str | None], kind: pa.DataType) -> pa.Array:
    """The rows that the texts stand for. Raises ValueError or ArrowException for text that does not fit `kind`."""
    return _built([None if text is None else json.loads(text) for text in texts], kind)


def _plain(array: pa.Array) -> list[Any]:
    kind = array.type
    if pa.types.is_list(kind):
        items = iter(_plain(array.flatten()))
        lengths = pc.list_value_length(array).to_pylist()
        return [None if length is None else [next(items) for _ in range(length)] for length in lengths]
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        children = [_plain(child) for child in array.flatten()]
        rows = zip(*children, strict=True) if children else ([] for _ in range(len(array)))
        present = array.is_valid().to_pylist()
        return [dict(zip(names, row, strict=True)) if there else None for row, there in zip(rows, present, strict=True)]
    if is_text_coded(kind):
        return list(text_of(array).to_pylist())
    if pa.types.is_duration(kind):
        return list(array.cast(pa.int64()).to_pylist())
    values = array.to_pylist()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [None if value is None else base64.b64encode(value).decode() for value in values]
    return list(values)


def _built(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind):
        _require(values, list)
        offsets = [0, *accumulate(0 if value is None else len(value) for value in values)]
        child = _built([item for value in values if value is not None for item in value], kind.value_type)
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), child, type=kind, mask=mask)
    if pa.types.is_struct(kind):
        _require(values, dict)
        if any(value is not None and value.keys() != {field.name for field in kind} for value in values):
            raise ValueError(f"not an object with the fields of {kind}")
        children = [_built([value and value[field.name] for value in values], field.type) for field in kind]
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=mask)
    if is_text_coded(kind):
        _require(values, str)
        return array_of(pa.array(values, pa.string()), kind)
    if pa.types.is_duration(kind):
        _require(values, int)
        return pa.array(values, pa.int64()).cast(kind)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else base64.b64decode(value, validate=True) for value in values], kind)
    if pa.types.is_integer(kind):
        _require(values, int)
    return pa.array(values, kind)


def _require(values: list[Any], expected: type) -> None:
    if found := set(map(type, values)) - {expected, type(None)}:
        raise ValueError(f"{found.pop().__name__} where {expected.__name__} is expected")
