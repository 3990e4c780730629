"""Why rows were rejected: one row of reasons for each, all of its failures joined, the gravest and first deciding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.reject import REASONS_SCHEMA, Rejected
from conduit.core.rows import filter_rows
from conduit.quality.condition import Condition

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed in a batch, by its number among the checks, and a mask of the rows where it did."""

    number: int
    condition: Condition
    rows: pl.Series


def reject(batch: pa.RecordBatch, rows: pl.Series, failures: Sequence[Failure]) -> Rejected:
    """The rows under the mask, each with its reasons. `failures` come in the order of their weight."""
    import polars as pl

    rejected = filter_rows(batch, rows.to_arrow())
    frame = pl.DataFrame(
        {
            **{f"fails{i}": failure.rows.filter(rows) for i, failure in enumerate(failures)},
            **{f"value{i}": _polars(offending_text(failure.condition, rejected)) for i, failure in enumerate(failures)},
        }
    )

    def where_failed(i: int, value: pl.Expr) -> pl.Expr:
        return pl.when(pl.col(f"fails{i}")).then(value)

    def of_first(texts: Sequence[str]) -> pl.Expr:
        return pl.coalesce(where_failed(i, pl.lit(text)) for i, text in enumerate(texts))

    numbers = range(len(failures))
    first = pl.coalesce(where_failed(i, pl.lit(i)) for i in numbers)
    conditions = [failure.condition for failure in failures]
    reasons = frame.select(
        stage=pl.lit("check"),
        code=of_first([condition.check.check for condition in conditions]),
        check=of_first([condition.check.label for condition in conditions]),
        column=of_first([condition.column_text for condition in conditions]),
        # Not coalesced: where the first failing value is NULL, no other check's value may stand in for it.
        value=pl.coalesce(pl.when(first == i).then(pl.col(f"value{i}")) for i in numbers),
        message=pl.concat_str(
            [where_failed(i, pl.lit(condition.message)) for i, condition in enumerate(conditions)],
            separator="; ",
            ignore_nulls=True,
        ),
    )
    arrays = [reasons[field.name].to_arrow().cast(field.type) for field in REASONS_SCHEMA]
    numbers = rows.arg_true().to_arrow().cast(pa.int64())
    return Rejected(rejected, pa.RecordBatch.from_arrays(arrays, schema=REASONS_SCHEMA), numbers)


def offending_text(condition: Condition, rows: pa.RecordBatch) -> pa.Array:
    """The values that the check looked at, as text for a person; null where they are NULL or have no short text."""
    texts = [as_text(column.values(rows)) for column in condition.columns]
    return (
        texts[0]
        if len(texts) == 1
        else pc.binary_join_element_wise(*texts, ", ", null_handling="replace", null_replacement="NULL")
    )


def as_text(values: pa.Array) -> pa.Array:
    """Values as text: bytes as hexadecimal digits, lists and structs not at all."""
    import polars as pl

    kind = values.type
    if pa.types.is_nested(kind):
        return pa.nulls(len(values), pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        digits = pl.select(pl.lit(_polars(values.cast(pa.large_binary()))).bin.encode("hex")).to_series()
        return digits.to_arrow().cast(pa.string())
    try:
        return pc.cast(values, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.nulls(len(values), pa.string())


def _polars(values: pa.Array) -> pl.Series:
    import polars as pl

    return cast("pl.Series", pl.from_arrow(values))
