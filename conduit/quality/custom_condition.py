"""A custom check over a column: the user's function is asked once for its expression, which has to be one of rows."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa

from conduit.errors import ConfigError
from conduit.quality.columns import Column, find_column
from conduit.quality.complaint import complaint
from conduit.quality.condition import Condition
from conduit.quality.model import CustomCheck


def custom_condition(check: CustomCheck, columns: tuple[Column, ...], schema: pa.Schema) -> Condition:
    """Raises ConfigError that names the check where its function fails or gives anything but a truth value per row."""
    import polars as pl

    (column,) = columns
    try:
        passes = type(check).function(_expression_of(column, schema), **check.parameters)
    except Exception as failed:
        # A function of the user's may raise anything.
        raise _wrong(check, f"raised {type(failed).__name__}: {failed}") from failed
    if not isinstance(passes, pl.Expr):
        raise _wrong(check, f"gave {_shown(passes)}, not an expression of Polars")
    used = [find_column(name, schema, check.label) for name in dict.fromkeys(passes.meta.root_names())]
    names = dict.fromkeys(schema.names[found.path[0]] for found in (column, *used))
    empty = pl.DataFrame(pa.schema([schema.field(name) for name in names]).empty_table())
    try:
        answer = empty.select(answer=passes)["answer"]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as bad:
        raise _wrong(check, f"cannot be computed: {complaint(str(bad))}") from None
    except Exception as failed:
        raise _wrong(check, f"raised {type(failed).__name__}: {failed}") from failed
    if answer.dtype != pl.Boolean:
        raise _wrong(check, f"gives {answer.dtype}, not true or false")
    if len(answer):
        raise _wrong(check, "gives one answer for all rows, not one for each")
    others = tuple(found for found in used if found.path[0] != column.path[0])
    return Condition(check, (column, *others), "whole", ~passes, f"{check.column} is not {check.check}{_given(check)}")


def _expression_of(column: Column, schema: pa.Schema) -> object:
    """The column as it is, or the field inside of structs."""
    import polars as pl

    root = schema.field(column.path[0])
    names, kind = [], root.type
    for index in column.path[1:]:
        names.append(kind.field(index).name)
        kind = kind.field(index).type
    return reduce(lambda value, name: value.struct.field(name), names, pl.col(root.name))


def _given(check: CustomCheck) -> str:
    given = ", ".join(f"{name}: {value}" for name, value in check.parameters.items())
    return f" ({given})" if given else ""


def _shown(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _wrong(check: CustomCheck, what: str) -> ConfigError:
    return ConfigError(
        f"The custom check {check.check!r} {what}.",
        place=check.label,
        remedy="Its function takes the column and gives an expression that is true where a row passes.",
    )
