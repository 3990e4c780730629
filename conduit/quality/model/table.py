"""Checks of a whole load, as the user declares them: they judge all rows together that would be written."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias, Union
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from conduit.quality.model.age import parse_age
from conduit.quality.model.base import Bound


def _no_rows_aside(action: Any) -> Any:
    if action == "dlq":
        raise ValueError("keeps rows aside, and this check judges all rows together: write `fail` or `warn`")
    return action


class TableCheck(BaseModel):
    """What checks of a whole load have in common: an action, a name."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    action: Annotated[Literal["fail", "warn"], BeforeValidator(_no_rows_aside)] = Field(
        "fail", description="What it causes when the load fails it: fail the run, or only warn."
    )
    name: str | None = Field(None, description="A name to show instead of the one made of check and column.")

    @property
    def columns_used(self) -> tuple[str, ...]:
        return ()

    @property
    def label(self) -> str:
        check = str(getattr(self, "check"))  # noqa: B009 - each kind has its own
        return self.name or (f"{check}({', '.join(self.columns_used)})" if self.columns_used else check)


class _OfColumn(TableCheck):
    column: str = Field(description="The column that is looked at; `address.city` reaches into a struct.")

    @property
    def columns_used(self) -> tuple[str, ...]:
        return (self.column,)


class _Bounded(BaseModel):
    @model_validator(mode="after")
    def _has_a_bound(self) -> _Bounded:
        if getattr(self, "min", None) is None and getattr(self, "max", None) is None:
            raise ValueError("needs `min`, `max` or both")
        return self


class RowCount(TableCheck, _Bounded):
    """Passes a load with between `min` and `max` rows, both included. NULL and NaN do not matter; no rows count 0."""

    check: Literal["row_count"] = "row_count"
    min: int | None = Field(None, ge=0, description="The least number of rows that passes.")
    max: int | None = Field(None, ge=0, description="The greatest number of rows that passes.")


class NullRate(_OfColumn):
    """Passes a load with at most the share `max` of NULL in the column. NaN is not NULL; no rows have the rate 0."""

    check: Literal["null_rate"] = "null_rate"
    max: float = Field(ge=0, le=1, description="The greatest share of NULL that passes, from 0 to 1.")


class Freshness(_OfColumn):
    """Passes a load whose newest value is no older than `max_age` when the run starts. NULL is passed over.

    With no rows, or none but NULL, there is no newest value, and the check fails. A value in the future passes. A
    timestamp with a zone is a moment; one without, and a date, which is its midnight, are read in `timezone`.
    """

    check: Literal["freshness"] = "freshness"
    max_age: str = Field(description='The greatest age that passes: "24h", "2 days", "1d 12h".')
    timezone: str = Field("UTC", description="The zone in which values without one are meant.")

    @field_validator("max_age", mode="before")
    @classmethod
    def _is_an_age(cls, value: Any) -> Any:
        if isinstance(value, timedelta):
            value = f"{value.total_seconds():f}s"
        if isinstance(value, str):
            parse_age(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError('is no time zone that is known here: write one such as "Europe/Berlin"') from None
        return name

    @property
    def age(self) -> timedelta:
        return parse_age(self.max_age)


class Mean(_OfColumn, _Bounded):
    """Passes a load in which the mean of the column lies between the bounds, both included. NULL is passed over.

    Exact for whole numbers and decimals, to the rounding of its type for floats. NaN among the values fails. With no
    rows, or none but NULL, there is no mean, and the check fails.
    """

    check: Literal["mean"] = "mean"
    min: Bound | None = Field(None, description="The least mean that passes.")
    max: Bound | None = Field(None, description="The greatest mean that passes.")


class Sum(_OfColumn, _Bounded):
    """Passes a load in which the sum of the column lies between the bounds, both included. NULL is passed over.

    Exact for whole numbers and decimals, of any size; to the rounding of its type for floats. NaN among the values
    fails. The sum of no rows is 0.
    """

    check: Literal["sum"] = "sum"
    min: Bound | None = Field(None, description="The least sum that passes.")
    max: Bound | None = Field(None, description="The greatest sum that passes.")


class DistinctCount(TableCheck, _Bounded):
    """Passes a load with between `min` and `max` distinct values (of several columns: combinations). Exact.

    NULL is no value, and neither is a combination with NULL in it. All NaN are one value, and so are 0.0 and -0.0. No
    rows have 0 distinct values.
    """

    check: Literal["distinct_count"] = "distinct_count"
    columns: tuple[str, ...] = Field(
        validation_alias=AliasChoices("columns", "column"),
        min_length=1,
        description="The column or columns whose values are counted.",
    )
    min: int | None = Field(None, ge=0, description="The least number of distinct values that passes.")
    max: int | None = Field(None, ge=0, description="The greatest number of distinct values that passes.")

    @field_validator("columns", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def columns_used(self) -> tuple[str, ...]:
        return self.columns


class NoShrink(TableCheck):
    """Passes a load that writes no fewer rows than the last one of this resource that succeeded.

    NULL and NaN do not matter; no rows are fewer than any. The first load passes, with a notice, and so does a dry
    run, which knows of no other.
    """

    check: Literal["no_shrink"] = "no_shrink"
    max_shrink_rate: float = Field(0, ge=0, le=1, description="The share of the rows of last time that may be missing.")


AnyTableCheck: TypeAlias = Union[RowCount, NullRate, Freshness, Mean, Sum, DistinctCount, NoShrink]
