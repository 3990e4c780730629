"""Checks as the user declares them: closed models, one per kind, told apart by `check`."""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field

from conduit.quality.model.base import Action, BaseCheck, Bound
from conduit.quality.model.rows import Enum, Expression, Length, NotNull, Range, Regex, Unique

RowCheck = Union[NotNull, Regex, Range, Enum, Length, Expression, Unique]
Check = Annotated[RowCheck, Field(discriminator="check")]

__all__ = [
    "Action",
    "BaseCheck",
    "Bound",
    "Check",
    "Enum",
    "Expression",
    "Length",
    "NotNull",
    "Range",
    "Regex",
    "RowCheck",
    "Unique",
]
