"""Numbers with a point, from machine words: the point is taken out, and the digits are read as one whole number.

Up to 15 digits and up to the 15th power of ten are exact as float64, so that one division gives the nearest float64;
a decimal is the whole number itself. What is longer, or has an exponent, goes to Arrow as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.json_spelled import spelled_numbers
from conduit.connectors._lib.json_window import Tokens, either
from conduit.connectors._lib.json_words import (
    BYTE,
    FLOAT_TENS,
    TENS,
    ZEROS,
    U,
    bits_of,
    flags_below,
    leading_digits,
    not_digits,
    number_of,
    whole_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Lengths: TypeAlias = NDArray[np.int64]

_POINT = U(ord(".") ^ ord("0"))
_3, _8, _56, _ONE = map(U, (3, 8, 56, 1))
_MAX_FLOAT_DIGITS, _MAX_DECIMAL_DIGITS = 15, 18


@dataclass(frozen=True, slots=True)
class _Digits:
    """Numbers less sign and point: eight digits of each, and eight more of those whose first eight are `full`.

    `whole` are the digits in front of the point, `count` all of them, `long` marks what has not ended by then.
    """

    negative: NDArray[np.bool_] | None
    pointed: NDArray[np.bool_]
    first: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    full: NDArray[np.int64]
    second: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    whole: NDArray[np.int64]
    count: NDArray[np.int64]
    long: NDArray[np.bool_]


def read_floats(tokens: Tokens, exact: bool) -> tuple[pa.Array, Lengths]:
    """Numbers as the nearest float64; `exact` refuses those that have more digits than that."""
    found = _digits(tokens)
    digits, mask, _ = found.first
    digits &= mask
    numbers = number_of(digits)
    # As if the point stood behind the last digit that there is room for.
    powers = 8 - found.whole
    if len(found.full):
        more, mask, _ = found.second
        more &= mask
        more <<= _8
        numbers[found.full] = numbers[found.full] * TENS[7] + number_of(more)
        powers[found.full] += 7
    floats = numbers.view(np.int64).astype(np.float64)
    floats /= FLOAT_TENS.take(powers, mode="clip")
    if found.negative is not None:
        np.negative(floats, out=floats, where=found.negative)
    hard = found.long | (found.count > _MAX_FLOAT_DIGITS) if len(found.full) else found.long
    return _with_hard_ones(tokens, found, floats, hard, exact)


def read_decimals(tokens: Tokens, exact: bool) -> tuple[pa.Array, Lengths]:
    """Numbers as unscaled whole numbers."""
    kind = tokens.slot.kind
    found = _digits(tokens)
    numbers = whole_of(*found.first)
    if len(found.full):
        numbers[found.full] = numbers[found.full] * TENS.take(found.second[2] >> _3) + whole_of(*found.second)
    missing = kind.scale - (found.count - found.whole)
    hard = found.long | (missing < 0) | (found.count + missing > _MAX_DECIMAL_DIGITS)
    numbers *= TENS.take(missing, mode="clip")
    if kind.precision <= _MAX_DECIMAL_DIGITS:
        hard |= numbers >= TENS[kind.precision]
    if found.negative is not None:
        np.negative(numbers, out=numbers, where=found.negative)
    return _with_hard_ones(tokens, found, numbers.view(np.int64), hard, exact)


def _digits(tokens: Tokens) -> _Digits:
    negative = tokens.negative()
    digits, mask, bits = leading_digits(either(negative, tokens.words(1), tokens.words()))
    whole = (bits >> _3).view(np.int64)
    wrong = ((digits & BYTE) == 0) & (whole > 1)
    wrong |= whole == 0
    pointed = ((digits >> bits) & BYTE) == _POINT
    if pointed.any():
        # Of numbers without a point nothing is taken out.
        mask |= pointed.astype(np.uint64) - _ONE
        behind = either(negative, tokens.words(9), tokens.words(8)) ^ ZEROS
        behind <<= _56
        behind |= digits >> _8
        digits &= mask
        behind &= ~mask
        digits |= behind
        mask = flags_below(not_digits(digits))
        bits = bits_of(mask)
    count = (bits >> _3).view(np.int64)
    wrong |= pointed & (count == whole)
    stop = U(tokens.slot.stop ^ ord("0"))
    long = ((digits >> bits) & BYTE) != stop
    full = np.flatnonzero(count == 8)
    second = digits[full], mask[full], bits[full]
    if len(full):
        where = pointed[full]
        near = either(negative, tokens.words(9), tokens.words(8))[full]
        far = either(negative, tokens.words(10), tokens.words(9))[full]
        second = leading_digits(np.where(where, far, near))
        count[full] += (second[2] >> _3).view(np.int64)
        long[full] = ((second[0] >> second[2]) & BYTE) != stop
    if not pointed.all():
        whole = np.where(pointed, whole, count)
    long |= wrong
    return _Digits(negative, pointed, (digits, mask, bits), full, second, whole, count, long)


def _with_hard_ones(
    tokens: Tokens, found: _Digits, values: NDArray[Any], hard: NDArray[np.bool_], exact: bool
) -> tuple[pa.Array, Lengths]:
    """The column of `values`, in which the hard ones are nulls or are read as text."""
    lengths = found.count + found.pointed
    if found.negative is not None:
        lengths += found.negative
    if not hard.any():
        return _column(values, tokens.slot.kind), lengths
    hard &= ~tokens.bad
    nulls = tokens.nulls(hard)
    lengths[nulls] = 4
    which = np.flatnonzero(hard & ~nulls)
    column = _column(values, tokens.slot.kind)
    if nulls.any():
        column = pc.if_else(pa.array(nulls), pa.scalar(None, column.type), column)
    if not len(which):
        return column, lengths
    sizes, beyond = tokens.distance(tokens.slot.stop, 0)
    tokens.bad[beyond] = True
    lengths[which] = sizes[which]
    read, wrong = spelled_numbers(tokens.cut(0, sizes[which], which), tokens.slot.kind, exact)
    tokens.bad[which[wrong]] = True
    mask = np.zeros(len(tokens), np.bool_)
    mask[which] = True
    return pc.replace_with_mask(column, pa.array(mask), read), lengths


def _column(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_float64(kind):
        return pa.array(values)
    # A decimal's memory is one whole number of 16 or 32 bytes: its sign fills the upper ones.
    wide = np.empty((len(values), kind.byte_width // 8), np.int64)
    wide[:, 0] = values
    wide[:, 1:] = (values >> 63)[:, None]
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(wide)])
