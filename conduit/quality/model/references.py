"""A check against the keys of another source, as the user declares it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, PlainValidator, field_validator, model_validator

from conduit.core.endpoint import Endpoint
from conduit.quality.model.base import BaseCheck


def _source(value: Any) -> Any:
    if isinstance(value, Endpoint) or (isinstance(value, str) and value):
        return value
    raise ValueError("must be the name of a source")


class References(BaseCheck):
    """Passes a row whose key is among the keys of another source. A key with a NULL in it passes, as in SQL.

    Keys are compared by value: a whole number equals the same number of another width, text the same text however it
    is stored. NaN equals NaN, and the empty string is a key like any other.
    """

    check: Literal["references"] = "references"
    columns: tuple[str, ...] = Field(
        validation_alias=AliasChoices("columns", "column"),
        min_length=1,
        description="The column or columns of the key.",
    )
    source: Annotated[str | Endpoint, PlainValidator(_source, json_schema_input_type=str)] = Field(
        description="The name of the source that has the keys."
    )
    to: tuple[str, ...] = Field((), description="The columns there, in the same order; by default the same names.")
    table: str | None = Field(None, min_length=1, description="Takes the place of the source's own table or query.")
    query: str | None = Field(None, min_length=1, description="Takes the place of the source's own table or query.")

    @field_validator("columns", "to", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _pairs(self) -> References:
        if self.to and len(self.to) != len(self.columns):
            raise ValueError(f"needs as many columns in `to` ({len(self.to)}) as in the key ({len(self.columns)})")
        if self.table and self.query:
            raise ValueError("takes `table` or `query`, not both")
        return self

    @property
    def columns_used(self) -> tuple[str, ...]:
        return self.columns

    @property
    def columns_there(self) -> tuple[str, ...]:
        """The referenced columns."""
        return self.to or self.columns

    @property
    def source_name(self) -> str:
        """What the source is called."""
        return self.source if isinstance(self.source, str) else self.source.name

    @property
    def label(self) -> str:
        return self.name or f"references({', '.join(self.columns)})"
