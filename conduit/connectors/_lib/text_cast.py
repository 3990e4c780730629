"""Text to typed values, exactly: what does not convert without loss becomes null, and the caller sees which."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core import casts


def cast_or_null(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast text (string or binary) to `kind`; what fails is null. A null stays null. Same length as `values`."""
    if values.type == kind:
        return values
    if pa.types.is_binary(values.type) and not pa.types.is_binary(kind):
        return cast_or_null(casts.cast_or_null(values, pa.string()), kind)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        values = pc.utf8_trim_whitespace(values)
        if pa.types.is_integer(kind):
            values = pc.replace_substring_regex(values, r"^\+(\d)", r"\1")
    try:
        return casts.cast_or_null(values, kind)
    except pa.ArrowNotImplementedError:
        return pa.nulls(len(values), kind)


def cast_text(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast text to `kind` without loss. Raises ArrowInvalid where a value does not convert."""
    return casts.cast_exactly(values, kind)
