"""Whether batches fit a table that is there: every column present, and every value kept exactly.

Engines cast on INSERT: a float into an integer column is rounded, a timestamp into a date is cut, without a word.
So only casts that cannot lose anything are left to the engine; all else is an error that names the column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from conduit.errors import nearest_name
from conduit.sdk import SchemaError, WriteJob, WriteMode, type_name

_DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column that is there. `required`: NOT NULL without a default, so that every row has to bring a value."""

    name: str
    type: pa.DataType
    required: bool = False


def require_columns(job: WriteJob) -> None:
    """Raise SchemaError unless there are columns, their names differ by more than case, and the keys are among them."""
    if not job.schema.names:
        raise SchemaError("The data has no columns.", place=job.table, remedy="Select at least one column.")
    if job.mode is WriteMode.UPSERT and not job.keys:
        raise SchemaError(
            "An upsert needs a key.", place=job.table, remedy="Name the columns that identify a row with `unique_key:`."
        )
    seen: dict[str, str] = {}
    for name in job.schema.names:
        if (other := seen.setdefault(name.lower(), name)) != name or job.schema.names.count(name) > 1:
            raise SchemaError(
                f"The columns {other!r} and {name!r} are one name to the database.",
                place=job.table,
                remedy="Rename one of them with `rename:`.",
            )
    for role, names in (("key", job.keys), ("update", job.update_columns or ())):
        for name in names:
            if name not in job.schema.names:
                near = nearest_name(name, job.schema.names)
                hint = f"Did you mean {near!r}?" if near else f"Columns: {', '.join(job.schema.names)}."
                raise SchemaError(f"The {role} column {name!r} is not in the data.", place=job.table, remedy=hint)


def require_fit(table: str, schema: pa.Schema, present: Sequence[TableColumn]) -> None:
    """Raise SchemaError, naming columns and types, unless rows of `schema` can be inserted without loss."""
    by_name = {column.name.lower(): column for column in present}
    brought = {name.lower() for name in schema.names}
    if unknown := [name for name in schema.names if name.lower() not in by_name]:
        near = nearest_name(unknown[0], [column.name for column in present])
        raise SchemaError(
            f"The table has no column {', '.join(map(repr, unknown))}.",
            place=table,
            remedy=f"Did you mean {near!r}?" if near else "Add it to the table, or leave it out with `columns:`.",
        )
    if absent := [column.name for column in present if column.required and column.name.lower() not in brought]:
        raise SchemaError(
            f"The table requires {', '.join(map(repr, absent))} (NOT NULL without a default), which the data lacks.",
            place=table,
            remedy="Give the column a default, or bring it in the data.",
        )
    for field in schema:
        have = by_name[field.name.lower()].type
        if not fits(field.type, have):
            raise SchemaError(
                f"Column {field.name!r} is {type_name(field.type)} and the table holds {type_name(have)}: "
                "values could be lost.",
                place=table,
                remedy=f"Cast it first: cast: {{{field.name}: {type_name(have)}}}.",
            )


def fits(new: pa.DataType, have: pa.DataType) -> bool:
    """Whether every value of type `new` has an equal value of type `have`."""
    new, have = plain_type(new), plain_type(have)
    if new.equals(have) or pa.types.is_null(new):
        return True
    kinds = pa.types
    if kinds.is_integer(new):
        return _integer_fits(new, have)
    if kinds.is_floating(new):
        return bool(kinds.is_floating(have) and new.bit_width <= have.bit_width)
    if kinds.is_decimal(new):
        whole = new.precision - new.scale
        return bool(kinds.is_decimal(have) and have.scale >= new.scale and have.precision - have.scale >= whole)
    if kinds.is_timestamp(new):
        return kinds.is_timestamp(have) and bool(new.tz) == bool(have.tz) and _finer(have.unit, new.unit)
    if kinds.is_time(new):
        return kinds.is_time(have) and _finer(have.unit, new.unit)
    if kinds.is_duration(new):
        return kinds.is_interval(have) or (kinds.is_duration(have) and _finer(have.unit, new.unit))
    if _is_list(new):
        return _is_list(have) and fits(new.value_type, have.value_type)
    if kinds.is_struct(new):
        pairs = zip(new, have, strict=True) if kinds.is_struct(have) and len(new) == len(have) else ()
        return bool(pairs) and all(a.name == b.name and fits(a.type, b.type) for a, b in pairs)
    return False


def _integer_fits(new: pa.DataType, have: pa.DataType) -> bool:
    kinds = pa.types
    if kinds.is_integer(have):
        if kinds.is_signed_integer(new) and not kinds.is_signed_integer(have):
            return False
        room = have.bit_width - kinds.is_signed_integer(have)
        return bool(room >= new.bit_width - kinds.is_signed_integer(new))
    if kinds.is_decimal(have):
        return bool(have.precision - have.scale >= _DIGITS[new.bit_width])
    return bool(kinds.is_float64(have) and new.bit_width <= 32)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without what is only a form of storage: dictionaries, large offsets, views, extensions."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_large_binary(kind) or types.is_fixed_size_binary(kind) or types.is_binary_view(kind):
        return pa.binary()
    if types.is_decimal256(kind) and kind.precision <= 38:
        return pa.decimal128(kind.precision, kind.scale)
    if types.is_large_list(kind):
        return pa.list_(kind.value_field)
    if types.is_float16(kind):
        return pa.float32()
    return pa.date32() if types.is_date64(kind) else kind


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _finer(unit: str, than: str) -> bool:
    order = ("s", "ms", "us", "ns")
    return order.index(unit) >= order.index(than)
