"""The filter of a resource, compiled: what a plan looks at and what the engine applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.errors import ConfigError, UnknownName
from conduit.plan.request import filter_columns

if TYPE_CHECKING:
    import polars as pl


def filter_expression(text: str, schema: pa.Schema, place: str) -> pl.Expr:
    """The filter as an expression that gives a truth value for each row. Raises ConfigError, UnknownName."""
    import polars as pl

    for name in filter_columns(text):
        if name not in schema.names:
            raise UnknownName.among("column", name, schema.names, place=f"{place}, filter {text!r}")
    expression = pl.sql_expr(text)
    try:
        empty = pl.from_arrow(schema.empty_table())
        assert isinstance(empty, pl.DataFrame)
        kind = empty.select(expression).to_series().dtype
    except pl.exceptions.PolarsError as bad:
        raise ConfigError(f"The filter {text!r} cannot be applied: {bad}.", place=place) from bad
    if kind != pl.Boolean:
        raise ConfigError(f"The filter {text!r} gives {kind}, not true or false.", place=place)
    return expression
