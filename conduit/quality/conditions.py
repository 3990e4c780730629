"""Each row check as a Polars expression that is true where a row fails, and the sentence that says so."""

from __future__ import annotations

import pyarrow as pa

from conduit.errors import ConfigError
from conduit.quality.columns import Column, find_column
from conduit.quality.complaint import complaint
from conduit.quality.condition import Condition, plain_of
from conduit.quality.custom_condition import custom_condition
from conduit.quality.elsewhere import Elsewhere, bind
from conduit.quality.exact import NotOfType
from conduit.quality.model import (
    AnyRowCheck,
    CustomCheck,
    Enum,
    Expression,
    Length,
    NotNull,
    Range,
    References,
    Regex,
    Type,
    Unique,
)
from conduit.quality.type_condition import type_condition
from conduit.quality.value_conditions import enum_condition, length_condition, range_condition, regex_condition


def compile_check(check: AnyRowCheck, schema: pa.Schema, elsewhere: Elsewhere | None = None) -> Condition:
    """Bind a check to the columns of `schema`, and to keys that are `elsewhere` where the check needs them.

    Raises ConfigError for a column or a value that it cannot have.
    """
    columns = tuple(find_column(name, schema, check.label) for name in check.columns_used)
    try:
        match check:
            case NotNull():
                return Condition(check, columns, "nulls", None, f"{check.column} is NULL")
            case Regex():
                return regex_condition(check, columns)
            case Range():
                return range_condition(check, columns)
            case Enum():
                return enum_condition(check, columns)
            case Length():
                return length_condition(check, columns)
            case Type():
                return type_condition(check, columns)
            case Expression():
                return _expression(check, columns, schema)
            case Unique():
                return _unique(check, columns, elsewhere)
            case References():
                return _references(check, columns, elsewhere)
            case CustomCheck():
                return custom_condition(check, columns, schema)
    except NotOfType as wrong:
        raise ConfigError(f"{wrong}.", place=check.label) from None


def _expression(check: Expression, columns: tuple[Column, ...], schema: pa.Schema) -> Condition:
    import polars as pl

    condition = pl.sql_expr(check.expression)
    empty = pa.RecordBatch.from_pylist([], schema=pa.schema([schema.field(column.path[0]) for column in columns]))
    try:
        answer = pl.DataFrame(empty).select(answer=condition)["answer"].dtype
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as bad:
        raise ConfigError(f"The condition cannot be computed: {complaint(str(bad))}.", place=check.label) from None
    if answer != pl.Boolean:
        raise ConfigError(
            f"The condition gives {answer}, not true or false.", place=check.label, remedy="Compare it with something."
        )
    return Condition(check, columns, "whole", ~condition, f"not true: {check.expression}")


def _unique(check: Unique, columns: tuple[Column, ...], elsewhere: Elsewhere | None) -> Condition:
    for column in columns:
        plain_of(check, column)
    keys = bind(check.label, columns, check.columns, elsewhere, reads_text=True) if elsewhere else None
    place = " or is in the destination" if elsewhere else ""
    return Condition(check, columns, "key", None, f"{_key(columns)} has appeared before{place}", keys=keys)


def _references(check: References, columns: tuple[Column, ...], elsewhere: Elsewhere | None) -> Condition:
    if elsewhere is None:
        raise ConfigError("Nothing gives the keys that are referenced.", place=check.label)
    for column in columns:
        plain_of(check, column)
    keys = bind(check.label, columns, check.columns_there, elsewhere)
    return Condition(check, columns, "member", None, f"{_key(columns)} is not in {elsewhere.name}", keys=keys)


def _key(columns: tuple[Column, ...]) -> str:
    names = ", ".join(column.name for column in columns)
    return f"the key ({names})" if len(columns) > 1 else names
