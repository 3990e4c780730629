"""Arrow types as Parquet keeps them, asked of Parquet itself: an empty file says what it would give back."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from conduit.connectors._lib.encoder import Encoder
from conduit.sdk import SchemaError, type_name

Opened = Callable[[IO[bytes], pa.Schema], Encoder]
# What Arrow raises for a type; for a decimal with a negative scale it is the last one.
_UNWRITABLE = (pa.ArrowNotImplementedError, pa.ArrowInvalid, OSError)


def kept_schema(schema: pa.Schema, encoder: Opened, place: str) -> pa.Schema:
    """The types that come back of columns written by `encoder`. Raises SchemaError for one that has no place."""
    try:
        return _read_again(schema, encoder)
    except _UNWRITABLE:
        return pa.schema([field for column in schema for field in _read_alone(column, encoder, place)])


def _read_alone(column: pa.Field, encoder: Opened, place: str) -> pa.Schema:
    try:
        return _read_again(pa.schema([column]), encoder)
    except _UNWRITABLE as refused:
        raise SchemaError(
            f"Parquet has no type for the column {column.name!r}, which is {type_name(column.type)}.",
            place=place,
            remedy="Cast it to another type with `cast:`, string for example.",
        ) from refused


def _read_again(schema: pa.Schema, encoder: Opened) -> pa.Schema:
    file = io.BytesIO()
    encoder(file, schema).close()
    return pq.read_schema(pa.BufferReader(file.getvalue())).remove_metadata()
