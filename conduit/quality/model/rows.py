"""Checks of single rows, as the user declares them; `unique` looks at a row and at those before it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from conduit.errors import UnknownName
from conduit.quality.complaint import complaint
from conduit.quality.condition_sql import forbidden_word
from conduit.quality.model.base import BaseCheck, Bound, ColumnCheck


class NotNull(ColumnCheck):
    """Passes a row whose value is not NULL. NaN and the empty string are values."""

    check: Literal["not_null"] = "not_null"


class Regex(ColumnCheck):
    """Passes a row in whose text the pattern is found anywhere (anchor it with ^ and $). NULL passes.

    The empty string is text: it passes where the pattern matches it.
    """

    check: Literal["regex"] = "regex"
    pattern: str = Field(description="A regular expression in Rust's syntax (no look-around, linear time).")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        # Only the engine that will run the pattern can tell: Python's own `re` is another language.
        import polars as pl

        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.PolarsError as bad:
            raise ValueError(f"is not a valid regular expression: {complaint(str(bad))}") from None
        return pattern


class Range(ColumnCheck):
    """Passes a row whose value lies between the bounds, both included; an absent bound is open. NULL passes, NaN fails.

    For numbers, decimals, dates, times and timestamps. Bounds are compared exactly: 0.1 is the decimal 0.1, and a date
    is its midnight, in the column's time zone where it has one.
    """

    check: Literal["range"] = "range"
    min: Bound | None = Field(
        None, validation_alias=AliasChoices("min", "min_value"), description="The least value that passes."
    )
    max: Bound | None = Field(
        None, validation_alias=AliasChoices("max", "max_value"), description="The greatest value that passes."
    )

    @model_validator(mode="after")
    def _bounded(self) -> Range:
        if self.min is None and self.max is None:
            raise ValueError("needs `min`, `max` or both")
        return self


class Enum(ColumnCheck):
    """Passes a row whose value is one of those listed. NULL passes. NaN and the empty string pass when listed."""

    check: Literal["enum"] = "enum"
    allowed_values: tuple[Any, ...] = Field(
        validation_alias=AliasChoices("allowed_values", "values"), min_length=1, description="The values that pass."
    )


class Length(ColumnCheck):
    """Passes a row whose text has between `min` and `max` characters (binary: bytes). NULL passes.

    Characters are Unicode code points. The empty string has length 0.
    """

    check: Literal["length"] = "length"
    min: int | None = Field(
        None, ge=0, validation_alias=AliasChoices("min", "min_length"), description="The least length that passes."
    )
    max: int | None = Field(
        None, ge=0, validation_alias=AliasChoices("max", "max_length"), description="The greatest length that passes."
    )

    @model_validator(mode="after")
    def _bounded(self) -> Length:
        if self.min is None and self.max is None:
            raise ValueError("needs `min`, `max` or both")
        return self


class Expression(BaseCheck):
    """Passes a row for which the SQL condition is true or NULL, as a CHECK constraint does. It sees that row alone."""

    check: Literal["expression"] = "expression"
    expression: str = Field(
        validation_alias=AliasChoices("expression", "sql"),
        description="An SQL condition over the row's columns, such as `shipped_at >= ordered_at`.",
    )

    @property
    def columns_used(self) -> tuple[str, ...]:
        import polars as pl

        return tuple(dict.fromkeys(pl.sql_expr(self.expression).meta.root_names()))

    @property
    def label(self) -> str:
        return self.name or f"expression({self.expression})"

    @field_validator("expression")
    @classmethod
    def _is_of_the_row(cls, text: str) -> str:
        import polars as pl

        if problem := forbidden_word(text):
            raise ValueError(f"must be about one row: {problem}")
        try:
            condition = pl.sql_expr(text)
        except pl.exceptions.PolarsError as bad:
            raise ValueError(f"is not a valid SQL condition: {complaint(str(bad))}") from None
        if not condition.meta.root_names():
            raise ValueError("names no column")
        return text


class Type(ColumnCheck):
    """Passes a row whose value the type can hold without loss: what it becomes is the same value. NULL passes.

    Text must be readable as the type, the way `cast:` reads it, without blanks around it: the empty string is text and
    nothing else. A number must lie within the range, without digits that the type has no room for; a float stands for
    its shortest decimal digits. NaN is a float and no other number.
    """

    check: Literal["type"] = "type"
    type: str = Field(description="A type such as `int64`, `decimal(12,2)` or `timestamp[us, UTC]`.")

    @field_validator("type")
    @classmethod
    def _known(cls, name: str) -> str:
        from conduit.core.types import parse_type

        try:
            parse_type(name)
        except UnknownName as unknown:
            raise ValueError(f"is no type: {name!r}. {unknown.remedy}") from None
        return name


class Unique(BaseCheck):
    """Passes the first row of each key in the whole run; later ones fail. A key with a NULL in it passes.

    First is what arrives first; with several readers at once that is the order in which their batches arrive. NaN
    equals NaN, and the empty string is a key like any other. The check looks at every row, also at rows that another
    check rejects. With `against: destination`, keys that are in the destination already have been seen.
    """

    check: Literal["unique"] = "unique"
    columns: tuple[str, ...] = Field(
        validation_alias=AliasChoices("columns", "column"),
        min_length=1,
        description="The column or columns of the key.",
    )
    against: Literal["run", "destination"] = Field(
        "run", description="Which keys count as seen: those of this run, or those in the destination as well."
    )

    @field_validator("columns", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def columns_used(self) -> tuple[str, ...]:
        return self.columns

    @property
    def label(self) -> str:
        return self.name or f"unique({', '.join(self.columns)})"
