"""Checks as the user declares them: closed models, one per kind, told apart by `check`."""

from __future__ import annotations

from typing import Annotated, Union, get_args

from pydantic import Field

from conduit.quality.model.base import Action, BaseCheck, Bound
from conduit.quality.model.custom import CustomCheck, OpenCustomCheck
from conduit.quality.model.references import References
from conduit.quality.model.rows import Enum, Expression, Length, NotNull, Range, Regex, Type, Unique
from conduit.quality.model.table import (
    AnyTableCheck,
    DistinctCount,
    Freshness,
    Mean,
    NoShrink,
    NullRate,
    RowCount,
    Sum,
    TableCheck,
)

RowCheck = Union[NotNull, Regex, Range, Enum, Length, Type, Expression, Unique, References]
Check = Annotated[Union[RowCheck, AnyTableCheck], Field(discriminator="check")]
AnyRowCheck = Union[RowCheck, CustomCheck]
AnyCheck = Union[Check, CustomCheck]

__all__ = [
    "Action",
    "AnyCheck",
    "AnyRowCheck",
    "AnyTableCheck",
    "BaseCheck",
    "Bound",
    "Check",
    "CustomCheck",
    "DistinctCount",
    "Enum",
    "Expression",
    "Freshness",
    "Length",
    "Mean",
    "NoShrink",
    "NotNull",
    "NullRate",
    "OpenCustomCheck",
    "Range",
    "References",
    "Regex",
    "RowCheck",
    "RowCount",
    "Sum",
    "TableCheck",
    "Type",
    "Unique",
    "built_in_checks",
]


def built_in_checks() -> dict[str, type[BaseCheck | TableCheck]]:
    """The models of Conduit's own checks, by the names that they go by."""
    return {kind.model_fields["check"].default: kind for kind in get_args(get_args(Check)[0])}
