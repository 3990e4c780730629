"""Synthetic columns: a description of what a column holds, and the arrays that hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from conduit.connectors._lib import ranges, splitmix
from conduit.errors import UnknownName
from conduit.sdk import parse_type

if TYPE_CHECKING:
    import polars as pl

_SEQUENCE = "sequence"
_MOST_ELEMENTS = 3

N = TypeVar("N", int, float)


class Column(BaseModel):
    """What one column holds. A plain type text in the configuration means `{type: ...}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(description="A type name such as `int64`, `decimal(12,2)`, `list<string>`; or `sequence`.")
    min: int | float | str | None = Field(
        default=None, description="The least value; a date or time is written as text."
    )
    max: int | float | str | None = Field(default=None, description="The greatest value.")
    values: tuple[bool | int | float | str | None, ...] | None = Field(
        default=None, min_length=1, description="The values to choose from, each as likely as the others."
    )
    template: str | None = Field(
        default=None,
        pattern=r"^[^{}]*\{\}[^{}]*$",
        description="Text with `{}`, where the row's number stands, or a number from `min` to `max`.",
    )
    start: int = Field(default=1, description="The first value of a sequence.")
    step: int = Field(default=1, description="The distance between two values of a sequence.")
    null_rate: float = Field(default=0.0, ge=0, le=1, description="The share of rows that are NULL.")

    @property
    def kind(self) -> pa.DataType:
        return pa.int64() if self.type == _SEQUENCE else parse_type(self.type)

    @field_validator("min", "max", mode="before")
    @classmethod
    def _bound_as_written(cls, value: object) -> object:
        return _as_written(value)

    @field_validator("values", mode="before")
    @classmethod
    def _values_as_written(cls, values: object) -> object:
        return [_as_written(value) for value in values] if isinstance(values, list | tuple) else values

    @model_validator(mode="after")
    def _describes_values(self) -> Column:
        try:
            kind = self.kind
            if self.values is not None:
                _choices(self.values, kind)
            elif self.type != _SEQUENCE and (self.min is not None or self.max is not None):
                _number_bounds(self) if pa.types.is_floating(kind) else _bounds(self, _counted(kind))
        except (UnknownName, pa.ArrowException, ValueError) as wrong:
            raise ValueError(f"cannot make values of type {self.type!r}: {wrong}") from None
        return self


_PLAIN = Column(type="null")


def values(column: Column, name: str, seed: int, first: int, count: int) -> pa.Array:
    """The column's values for the rows `first` to `first + count`; any split of the rows gives the same ones."""
    made = _present(column, column.kind, name, seed, first, count)
    if not column.null_rate:
        return made
    share = splitmix.floats(splitmix.bits(splitmix.stream(seed, f"{name}\0null"), first, count), 0.0, 1.0)
    return pc.if_else((share < column.null_rate).to_arrow(), pa.scalar(None, made.type), made)


def _present(column: Column, kind: pa.DataType, name: str, seed: int, first: int, count: int) -> pa.Array:
    import polars as pl

    rows = pl.int_range(first, first + count, dtype=pl.Int64, eager=True)
    if column.type == _SEQUENCE:
        return (rows * column.step + column.start).to_arrow()
    random = splitmix.bits(splitmix.stream(seed, name), first, count)
    if column.values is not None:
        choice = splitmix.integers(random, 0, len(column.values) - 1)
        return _choices(column.values, kind).take(choice.to_arrow())
    if pa.types.is_null(kind):
        return pa.nulls(count)
    if pa.types.is_struct(kind):
        parts = [_present(_PLAIN, field.type, f"{name}.{field.name}", seed, first, count) for field in kind]
        return pa.StructArray.from_arrays(parts, fields=list(kind))
    if pa.types.is_list(kind):
        pool = _present(_PLAIN, kind.value_type, f"{name}[]", seed, first * _MOST_ELEMENTS, count * _MOST_ELEMENTS)
        return _lists(kind, splitmix.integers(random, 0, _MOST_ELEMENTS), pool)
    if pa.types.is_floating(kind):
        return splitmix.floats(random, *_number_bounds(column)).to_arrow().cast(kind)
    if _is_text(kind):
        bounded = column.min is not None or column.max is not None
        numbers = splitmix.integers(random, *_bounds(column, pa.int64())) if bounded else rows + 1
        return _numbered(column.template or f"{name}-{{}}", numbers).cast(kind)
    return ranges.as_type(splitmix.integers(random, *_bounds(column, kind)), kind)


def _lists(kind: pa.ListType, lengths: pl.Series, pool: pa.Array) -> pa.Array:
    import polars as pl

    # Each row owns a fixed share of the pool and uses its first few: no row depends on the ones before it.
    places = pl.select(row=pl.int_range(len(pool)) // _MOST_ELEMENTS, place=pl.int_range(len(pool)) % _MOST_ELEMENTS)
    used = places["place"] < lengths.gather(places["row"])
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), lengths.cum_sum()]).cast(pl.Int32)
    return pa.ListArray.from_arrays(offsets.to_arrow(), pool.filter(used.to_arrow()), type=kind)


def _numbered(template: str, numbers: pl.Series) -> pa.Array:
    import polars as pl

    before, _, after = template.partition("{}")
    text = pl.concat_str(pl.lit(before), pl.lit(numbers).cast(pl.String), pl.lit(after))
    return pl.select(text=text).to_series().to_arrow()


def _choices(listed: tuple[object, ...], kind: pa.DataType) -> pa.Array:
    return pa.array([None if value is None else str(value) for value in listed], pa.string()).cast(kind)


def _bounds(column: Column, kind: pa.DataType) -> tuple[int, int]:
    least, most = ranges.default_bounds(kind)
    low = least if column.min is None else ranges.bound(column.min, kind)
    high = most if column.max is None else ranges.bound(column.max, kind)
    return _in_order(low, high, column)


def _number_bounds(column: Column) -> tuple[float, float]:
    low = 0.0 if column.min is None else float(column.min)
    high = 1.0 if column.max is None else float(column.max)
    return _in_order(low, high, column)


def _in_order(low: N, high: N, column: Column) -> tuple[N, N]:
    if low > high:
        raise ValueError(f"`min` ({column.min}) is greater than `max` ({column.max})")
    return low, high


def _counted(kind: pa.DataType) -> pa.DataType:
    """The type that `min` and `max` are of: text is numbered, everything else is bounded by its own values."""
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        raise ValueError("`min` and `max` bound numbers, times and numbered text only")
    return pa.int64() if _is_text(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


def _as_written(value: object) -> object:
    # YAML and Python bring dates, times and decimals as objects; their text is what every type can read.
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
