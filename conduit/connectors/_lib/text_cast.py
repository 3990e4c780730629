"""Text to typed values, exactly: what does not convert without loss becomes null, and the caller sees which.

The kernels are Arrow's own, the same that its CSV reader uses: a decimal with too many digits, an integer out of
range, a timestamp with a zone where none is expected, or with more digits than the unit holds, all fail.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.types import TINY_NUMBER


def cast_or_null(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast text (string or binary) to `kind`; what fails is null. A null stays null. Same length as `values`."""
    if values.type == kind:
        return values
    if pa.types.is_binary(values.type) and not pa.types.is_binary(kind):
        return cast_or_null(_halve(values, pa.string()), kind)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        values = pc.utf8_trim_whitespace(values)
        if pa.types.is_integer(kind):
            values = pc.replace_substring_regex(values, r"^\+(\d)", r"\1")
    return _halve(values, kind)


def cast_text(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast text to `kind` without loss, or raise ArrowInvalid."""
    if pa.types.is_decimal(kind) and pc.any(pc.match_substring_regex(values, TINY_NUMBER)).as_py():
        raise pa.ArrowInvalid("a number is too small for a decimal")
    if not pa.types.is_time(kind):
        return pc.cast(values, kind)
    # Arrow has no cast from text to time; a time of the first day is one.
    dated = pc.binary_join_element_wise("1970-01-01", values.cast(pa.string()), " ")
    return pc.cast(pc.cast(dated, pa.timestamp(kind.unit)), kind)


def _halve(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast whole where that works; else by halves, so that k bad values cost about k log n casts."""
    try:
        return cast_text(values, kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    if len(values) == 1:
        return pa.nulls(1, kind)
    middle = len(values) // 2
    return pa.concat_arrays([_halve(values.slice(0, middle), kind), _halve(values.slice(middle), kind)])
