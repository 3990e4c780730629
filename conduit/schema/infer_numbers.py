"""The narrowest type that holds every number of some texts with all its digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null
from conduit.schema.text_kinds import Kind, Kinds

# As many digits as a double gives back whatever they are, and the integers below which it has every one.
_DOUBLE_DIGITS, _DOUBLE_INTEGER = 15, 1 << 53
_SMALLEST_NORMAL = 2.2250738585072014e-308
_MOST_DIGITS, _USUAL_DIGITS = 76, 38

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def number_type(texts: pa.Array, kinds: Kinds) -> tuple[pa.DataType | None, Mask]:
    """The type for texts that are all numbers, and which of them forced it: none where all are alike. None: only text.

    Integers keep 64 bits, then unsigned ones, then decimals. Other numbers are doubles where a double gives back all
    their digits, else decimals, as wide as they get: later values may have more digits before the point.
    """
    nothing = np.zeros(len(texts), np.bool_)
    long = kinds == Kind.LONG_INTEGER
    real = (kinds == Kind.REAL) | (kinds == Kind.NOT_FINITE)
    if not real.any():
        if not long.any():
            return pa.int64(), nothing
        for kind in (pa.uint64(), pa.decimal128(_USUAL_DIGITS, 0), pa.decimal256(_MOST_DIGITS, 0)):
            if cast_or_null(texts, kind).null_count == 0:
                return kind, long
        return None, long
    exact = _exact_in_a_double(texts, kinds)
    if exact.all():
        return pa.float64(), real if not real.all() else nothing
    kind = _decimal(texts, kinds)
    # Not-a-number has no place among decimals, nor has an exponent digits that can be counted.
    return kind, ~exact if kind is not None else real & (kinds == Kind.NOT_FINITE) | ~exact


def places_behind_the_point(texts: pa.Array) -> int | None:
    """How many digits each of the numbers has behind its point, where that is the same for all of them."""
    behind = pc.unique(_fraction_digits(texts))
    return behind[0].as_py() if len(behind) == 1 else None


def _exact_in_a_double(texts: pa.Array, kinds: Kinds) -> Mask:
    values = pc.cast(texts, pa.float64())
    digits = pc.utf8_length(_digits(texts))
    size = pc.abs(values).to_numpy(zero_copy_only=False)
    short = digits.to_numpy(zero_copy_only=False) <= _DOUBLE_DIGITS
    # Near zero a double has fewer digits, and beyond its range none.
    normal = ((size >= _SMALLEST_NORMAL) & np.isfinite(size)) | (_is_zero(texts))
    whole = (kinds == Kind.INTEGER) & (size < _DOUBLE_INTEGER)
    exact: Mask = (short & normal) | whole | (kinds == Kind.NOT_FINITE)
    return exact


def _decimal(texts: pa.Array, kinds: Kinds) -> pa.DataType | None:
    if (kinds == Kind.NOT_FINITE).any() or pc.any(pc.match_substring_regex(texts, "[eE]")).as_py():
        return None
    whole = pc.max(pc.utf8_length(pc.replace_substring_regex(texts, r"^-?0*|\..*$", ""))).as_py()
    behind = pc.max(_fraction_digits(texts)).as_py()
    if whole + behind > _MOST_DIGITS:
        return None
    wide = whole + behind > _USUAL_DIGITS
    kind = pa.decimal256(_MOST_DIGITS, behind) if wide else pa.decimal128(_USUAL_DIGITS, behind)
    return kind if cast_or_null(texts, kind).null_count == 0 else None


def _fraction_digits(texts: pa.Array) -> pa.Array:
    return pc.utf8_length(pc.replace_substring_regex(texts, r"^[^.]*\.?|[eE].*$", ""))


def _digits(texts: pa.Array) -> pa.Array:
    """The digits that count: without sign, point, exponent and the zeros in front."""
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, r"[eE].*$|[-.]", ""), "^0+", "")


def _is_zero(texts: pa.Array) -> Mask:
    found: Mask = pc.equal(_digits(texts), "").to_numpy(zero_copy_only=False)
    return found
