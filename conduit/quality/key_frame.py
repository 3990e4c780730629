"""Keys as frames of comparable values, in the one form in which they are hashed, stored and looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import pyarrow as pa

if TYPE_CHECKING:
    import polars as pl


def key_frame(columns: Sequence[pa.Array]) -> tuple[pl.DataFrame, pl.Series | None]:
    """The keys of some rows, from plain values, and a mask of the rows that have one (None: all do).

    A key with a NULL in it is none, and not in the frame.
    """
    import polars as pl

    named = {str(number): values for number, values in enumerate(columns)}
    keys = cast("pl.DataFrame", pl.from_arrow(pa.RecordBatch.from_pydict(named)))
    return normal(keys)


def normal(keys: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series | None]:
    """Keys without those that hold a NULL, and a mask of the others; equal values have equal bits."""
    import polars as pl

    known = None
    if any(values.null_count() for values in keys.iter_columns()):
        known = keys.select(pl.all_horizontal(pl.all().is_not_null()).alias("known"))["known"]
        keys = keys.filter(known)
    truths = [pl.col(name).cast(pl.UInt8) for name, dtype in keys.schema.items() if dtype == pl.Boolean]
    # -0.0 equals 0.0, so it must also hash like it.
    floats = [pl.col(name) + 0.0 for name, dtype in keys.schema.items() if dtype.is_float()]
    return (keys.with_columns(truths + floats) if truths or floats else keys), known


def over_all(found: pl.Series, known: pl.Series | None) -> pl.Series:
    """An answer about the keys of a frame as one about all rows: False where a row has no key."""
    if known is None:
        return found
    result = ~known & known
    result.scatter(known.arg_true(), found)
    return result
