"""What all checks have in common: an action, how many failures are tolerated, a name."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Union

from pydantic import BaseModel, ConfigDict, Field, model_validator

Action = Literal["fail", "warn", "dlq"]
Bound = Union[int, Decimal, date, datetime, float, str]


class BaseCheck(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    action: Action = Field("fail", description="What a failing row causes: fail the run, warn, or go to the DLQ.")
    max_failures: int | None = Field(None, ge=0, description="More failing rows than this fail the run.")
    max_failure_rate: float | None = Field(
        None, ge=0, le=1, description="A larger share of failing rows fails the run."
    )
    name: str | None = Field(None, description="A name to show instead of the one made of check and column.")

    @model_validator(mode="after")
    def _tolerates_or_fails(self) -> BaseCheck:
        if self.action == "fail" and (self.max_failures, self.max_failure_rate) != (None, None):
            raise ValueError("`action: fail` tolerates no failing row: set `action: warn` or `dlq` with a maximum")
        return self


class ColumnCheck(BaseCheck):
    column: str = Field(description="The column that is looked at; `address.city` reaches into a struct.")

    @property
    def columns_used(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def label(self) -> str:
        return self.name or f"{self.check}({self.column})"  # type: ignore[attr-defined]
