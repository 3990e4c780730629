"""Numbers that are too long for machine words, or have exponents: their text is cast by Arrow and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.json_numbers import all_decimal_safe, all_keep_digits
from conduit.connectors._lib.text_cast import cast_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MINUS, _ZERO, _NINE = ord("-"), ord("0"), ord("9")
_AFTER_ZERO = np.zeros(256, np.bool_)
_AFTER_ZERO[[ord(char) for char in ".eE"]] = True


def spelled_numbers(values: pa.Array, kind: pa.DataType, exact: bool) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Text to numbers of a type, and which of them it is not, or not without loss; those are null.

    `exact` also refuses what has more digits than a float64 holds.
    """
    return _settled(values, lambda texts: _numbers(texts, kind, exact), kind)


def spelled_texts(values: pa.Array, kind: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Text to dates and the like, and which of them it is not; those are null."""
    return _settled(values, lambda texts: _cast(texts, kind), kind)


def _settled(values: pa.Array, read: Any, kind: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Read as a whole where that works; else by halves, so that k bad values cost about k log n readings."""
    column = read(values)
    if column is not None:
        return column, np.zeros(len(values), np.bool_)
    if len(values) == 1:
        return pa.nulls(1, kind), np.ones(1, np.bool_)
    middle = len(values) // 2
    halves = [_settled(half, read, kind) for half in (values.slice(0, middle), values.slice(middle))]
    return pa.concat_arrays([half[0] for half in halves]), np.concatenate([half[1] for half in halves])


def _numbers(values: pa.Array, kind: pa.DataType, exact: bool) -> pa.Array | None:
    if not _is_grammatical(values):
        return None
    if not pa.types.is_float64(kind):
        return _cast(values, kind) if all_decimal_safe(values) else None
    column = _cast(values, kind)
    if column is None or not pc.all(pc.is_finite(column), min_count=0).as_py():
        return None
    return None if exact and not all_keep_digits(values) else column


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return cast_text(values, kind)
    except pa.ArrowInvalid:
        return None


def _is_grammatical(values: pa.Array) -> bool:
    """The part of JSON's grammar that casting does not check: no plus, no zero before digits, digits at both ends."""
    bounds = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    low, high = bounds[:-1], bounds[1:]
    if (low >= high).any():
        return False
    data = np.frombuffer(values.buffers()[2], np.uint8)
    digit = low + (data[low] == _MINUS)
    last = data[high - 1]
    # The digit behind a lone minus would be another value's, but then `last` is that minus.
    first = data[np.minimum(digit, high - 1)]
    if (first < _ZERO).any() or (first > _NINE).any() or (last < _ZERO).any() or (last > _NINE).any():
        return False
    padded = digit[(first == _ZERO) & (high - digit > 1)]
    if not _AFTER_ZERO[data[padded + 1]].all():
        return False
    return not pc.any(pc.match_substring_regex(values, r"\.[eE]"), min_count=0).as_py()
