"""Columns by name or path, in the form in which checks look at them: plain numbers, text and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.errors import ConfigError, nearest_name

if TYPE_CHECKING:
    import polars as pl

_WHOLE_NUMBER_OF = {8: pa.int64(), 4: pa.int32()}


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a field inside of structs. `path` leads to it from the batch; `type` is what the data has."""

    name: str
    path: tuple[int, ...]
    type: pa.DataType

    @property
    def plain_type(self) -> pa.DataType | None:
        """The type in which checks compare its values; None where there is none: lists, structs, maps, intervals.

        Points in time become whole numbers of their unit, so that no unit or time zone is converted on the way.
        """
        return plain_type_of(self.type)

    def values(self, batch: pa.RecordBatch) -> pa.Array:
        """The column's values, decoded where they are stored in a code; a null struct has null fields."""
        values = batch.column(self.path[0])
        for index in self.path[1:]:
            values = pc.struct_field(values, index)
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        if pa.types.is_dictionary(values.type):
            return values.dictionary_decode()
        return pc.run_end_decode(values) if pa.types.is_run_end_encoded(values.type) else values

    def plain(self, batch: pa.RecordBatch) -> pa.Array:
        """The values as `plain_type`; without a copy where the type allows."""
        return plain_values(self.values(batch), self.type)


def find_column(name: str, schema: pa.Schema, place: str) -> Column:
    """The column of that name or, with dots, the field inside of structs. Raises ConfigError with the nearest name."""
    if name in schema.names:
        return Column(name, (schema.get_field_index(name),), schema.field(schema.get_field_index(name)).type)
    known = _paths(schema)
    if name in known:
        return known[name]
    nearest = nearest_name(name, known)
    raise ConfigError(
        f"There is no column {name!r}.",
        place=place,
        remedy=f"Did you mean {nearest!r}?" if nearest else f"Columns: {', '.join(known) or 'none'}.",
    )


def plain_values(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Decoded values of type `kind` as its `plain_type_of`; without a copy where the type allows."""
    plain = plain_type_of(kind)
    assert plain is not None, "only comparable columns are asked for their plain values"
    if pa.types.is_temporal(values.type):
        return values.view(plain)
    return values if values.type == plain else pc.cast(values, plain)


def plain_type_of(kind: pa.DataType) -> pa.DataType | None:
    """The type of `Column.plain` for values of type `kind`."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type_of(kind.storage_type)
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return plain_type_of(kind.value_type)
    if types.is_interval(kind):
        return None
    if types.is_temporal(kind):
        return _WHOLE_NUMBER_OF[kind.bit_width // 8]
    if types.is_float16(kind):
        return pa.float32()
    if types.is_decimal(kind):
        # Polars counts decimals in 128 bits, with a scale from 0 to the precision.
        simple = kind.precision <= 38 and 0 <= kind.scale <= kind.precision
        return pa.decimal128(kind.precision, kind.scale) if simple else None
    if types.is_fixed_size_binary(kind):
        return pa.large_binary()
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_null(kind):
        return kind
    if is_text(kind) or is_binary(kind):
        return kind
    return None


def dtype_of(plain: pa.DataType) -> pl.DataType:
    """What Polars makes of a plain type."""
    import polars as pl

    return cast("pl.Series", pl.from_arrow(pa.array([], plain))).dtype


def is_text(kind: pa.DataType) -> bool:
    """True for every way in which Arrow stores text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_binary(kind: pa.DataType) -> bool:
    """True for every way in which Arrow stores bytes of any length."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _paths(schema: pa.Schema) -> dict[str, Column]:
    found: dict[str, Column] = {}

    def visit(prefix: str, path: tuple[int, ...], fields: list[pa.Field]) -> None:
        for index, field in enumerate(fields):
            column = Column(prefix + field.name, (*path, index), field.type)
            found.setdefault(column.name, column)
            if pa.types.is_struct(field.type):
                visit(f"{column.name}.", column.path, list(field.type))

    visit("", (), list(schema))
    return found
