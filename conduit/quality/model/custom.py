"""The base of checks that are functions of the user's: each function has a model of its own, with its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from conduit.quality.model.base import ColumnCheck

if TYPE_CHECKING:
    import polars as pl


class CustomCheck(ColumnCheck):
    """Passes a row for which the function's expression is true or NULL, as a CHECK constraint does.

    What the function makes of NULL, NaN and the empty string is its own affair: it sees the column as it is.
    A parameter's field ends with `_`, so that it may have any name.
    """

    function: ClassVar[Callable[..., pl.Expr]]

    check: str

    @property
    def parameters(self) -> dict[str, Any]:
        """What the function is called with besides the column; what was not declared keeps the function's default."""
        declared = type(self).model_fields.keys() - CustomCheck.model_fields.keys()
        given = {name.removesuffix("_"): getattr(self, name) for name in sorted(declared & self.model_fields_set)}
        return {**given, **(self.model_extra or {})}


class OpenCustomCheck(CustomCheck):
    """A function that takes any parameter, `**parameters`."""

    model_config = ConfigDict(extra="allow")
