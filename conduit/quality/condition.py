"""A check that knows the columns it looks at, and how to find the rows where it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from conduit.core.types import type_name
from conduit.errors import ConfigError
from conduit.quality.columns import Column
from conduit.quality.elsewhere import KeysElsewhere
from conduit.quality.model import AnyRowCheck

if TYPE_CHECKING:
    import polars as pl

Form = Literal["plain", "whole", "nulls", "kernel", "key", "member"]
Kernel = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True, slots=True)
class Condition:
    """`fails` is true where a row fails; None: the check needs no expression, or cannot fail.

    `form` says what is looked at: `plain` values under the names of `slot`, or `whole` columns under their own.
    `nulls` are counted by Arrow; a `kernel` of Arrow's tells from a column's values where it fails, or null; `key`s
    are compared with all that came before, a `member` with the `keys` of another source.
    """

    check: AnyRowCheck
    columns: tuple[Column, ...]
    form: Form
    fails: pl.Expr | None
    message: str
    kernel: Kernel | None = None
    keys: KeysElsewhere | None = None

    @property
    def column_text(self) -> str:
        """The columns, as one text for a person."""
        return ", ".join(column.name for column in self.columns)


def slot(column: Column) -> str:
    """The name of a column's plain values among those that the expressions look at."""
    return "\1" + ".".join(str(index) for index in column.path)


def plain_of(check: AnyRowCheck, column: Column) -> pa.DataType:
    """The column's plain type. Raises ConfigError where it has none."""
    plain = column.plain_type
    require(check, column, plain is not None, "single values that can be compared")
    return plain


def require(check: AnyRowCheck, column: Column, holds: bool, wanted: str) -> None:
    """Raise ConfigError unless the column has what the check needs."""
    if not holds:
        raise ConfigError(
            f"The check {check.check!r} needs {wanted}; {column.name!r} is {type_name(column.type)}.",
            place=check.label,
            remedy="Declare another type for the column, or check another column.",
        )
