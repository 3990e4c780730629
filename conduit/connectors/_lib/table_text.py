"""Decimals, dates, times and timestamps as text and back, exactly, for stores that have no such types.

Dates and times are ISO 8601 with a space; a timestamp with a zone is written in UTC and ends in Z.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def is_text_coded(kind: pa.DataType) -> bool:
    """Whether `text_of` and `array_of` know the type."""
    types = pa.types
    return bool(types.is_decimal(kind) or types.is_date32(kind) or types.is_time(kind) or types.is_timestamp(kind))


def text_of(array: pa.Array) -> pa.Array:
    """The values as text. Raises ArrowInvalid unless `array_of` gives every one of them back."""
    kind = array.type
    if pa.types.is_timestamp(kind) and kind.tz:
        in_utc = array.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.timestamp(kind.unit)).cast(pa.string())
        text = pc.binary_join_element_wise(in_utc, "Z", "")
    else:
        text = array.cast(pa.string())
    if not array_of(text, kind).equals(array):
        raise pa.ArrowInvalid(f"a value of {kind} has no exact text")
    return text


def array_of(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values that the text stands for. Raises ArrowInvalid for text that is none, or that says more digits."""
    if pa.types.is_time(kind):
        # Arrow parses no times of day: parse a moment of the first day instead.
        return pc.binary_join_element_wise("1970-01-01", text, " ").cast(pa.timestamp(kind.unit)).cast(kind)
    return text.cast(kind)
