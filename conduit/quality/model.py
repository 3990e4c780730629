"""Checks as the user declares them: closed models, one per kind, told apart by `check`."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

Action = Literal["fail", "warn", "dlq"]
Bound = Union[int, Decimal, date, datetime, float, str]


class _Check(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Action = Field("fail", description="What a failing row causes: fail the run, warn, or go to the DLQ.")
    max_failures: int | None = Field(None, ge=0, description="More failing rows than this fail the run.")
    max_failure_rate: float | None = Field(
        None, ge=0, le=1, description="A larger share of failing rows fails the run."
    )
    name: str | None = Field(None, description="A name to show instead of the one made of check and column.")


class _ColumnCheck(_Check):
    column: str = Field(description="The column that is looked at; `address.city` reaches into a struct.")

    @property
    def columns_used(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def label(self) -> str:
        return self.name or f"{self.check}({self.column})"  # type: ignore[attr-defined,no-any-return]


class NotNull(_ColumnCheck):
    """Passes a row whose value is not NULL. NaN and the empty string are values."""

    check: Literal["not_null"] = "not_null"


class Regex(_ColumnCheck):
    """Passes a row in whose text the pattern is found anywhere (anchor it with ^ and $). NULL passes."""

    check: Literal["regex"] = "regex"
    pattern: str = Field(description="A regular expression in Rust's syntax (no look-around, linear time).")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as bad:
            raise ValueError(f"is not a valid regular expression: {bad}") from None
        return pattern


class Range(_ColumnCheck):
    """Passes a row whose value lies between the bounds, both included; an absent bound is open. NULL passes, NaN fails."""

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


class Enum(_ColumnCheck):
    """Passes a row whose value is one of those listed. NULL passes."""

    check: Literal["enum"] = "enum"
    allowed_values: tuple[Any, ...] = Field(
        validation_alias=AliasChoices("allowed_values", "values"), min_length=1, description="The values that pass."
    )


class Unique(_Check):
    """Passes the first row of each key in the whole run; later ones fail. A key with a NULL in it passes."""

    check: Literal["unique"] = "unique"
    columns: tuple[str, ...] = Field(
        validation_alias=AliasChoices("columns", "column"),
        min_length=1,
        description="The column or columns of the key.",
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


Check = Annotated[Union[NotNull, Regex, Range, Enum, Unique], Field(discriminator="check")]
