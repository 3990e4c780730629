"""Tokens that stand in fixed windows to columns of text, dates, booleans and whole numbers.

Every reader refuses what is not a value of its type, or not one that it can vouch for, and gives the tokens' lengths:
what follows them is compared with the shape, so a token that goes on is refused as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.json_points import read_decimals, read_floats
from conduit.connectors._lib.json_spelled import spelled_texts
from conduit.connectors._lib.json_window import Tokens, either
from conduit.connectors._lib.json_words import TENS, U, days_of, leading_digits, whole_of, word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Lengths: TypeAlias = NDArray[np.int64]

Reader: TypeAlias = Callable[[Tokens, bool], tuple[pa.Array, "Lengths"]]

_QUOTE, _BACKSLASH, _SPACE = ord('"'), ord("\\"), ord(" ")
_TRUE, _FALSE = word_of(b"true"), word_of(b"false")
_FOUR, _FIVE = U((1 << 32) - 1), U((1 << 40) - 1)
_MAX_DIGITS = 19
_DATE_LENGTH = 12


def reader_of(kind: pa.DataType) -> Reader | None:
    """What reads tokens to a column of a type; None when there is nothing for it here."""
    if pa.types.is_integer(kind):
        return read_integers
    if pa.types.is_float64(kind):
        return read_floats
    if pa.types.is_decimal128(kind) or pa.types.is_decimal256(kind):
        return read_decimals
    if pa.types.is_boolean(kind):
        return read_booleans
    if pa.types.is_date32(kind):
        return read_dates
    if pa.types.is_string(kind) or pa.types.is_date64(kind) or pa.types.is_timestamp(kind):
        return read_texts
    return None


def read_booleans(tokens: Tokens, exact: bool) -> tuple[pa.Array, Lengths]:
    """true, false and null."""
    word = tokens.words()
    true, false = (word & _FOUR) == _TRUE, (word & _FIVE) == _FALSE
    nulls = tokens.only_nulls(~(true | false))
    return pa.array(true, mask=nulls), false + np.int64(4)


def read_integers(tokens: Tokens, exact: bool) -> tuple[pa.Array, Lengths]:
    """Whole numbers of up to 19 digits."""
    kind = tokens.slot.kind
    negative = tokens.negative()
    digits, mask, bits = leading_digits(either(negative, tokens.words(1), tokens.words()))
    padded = (digits & U(0xFF)) == 0
    numbers, count = whole_of(digits, mask, bits), (bits >> U(3)).view(np.int64)
    full = np.flatnonzero(count == 8)
    for at in (8, 16):
        if len(full) and at + 9 > tokens.slot.room:
            tokens.bad[full] = True
        elif len(full):
            more = either(negative, tokens.words(at + 1), tokens.words(at))[full]
            digits, mask, bits = leading_digits(more)
            length = (bits >> U(3)).view(np.int64)
            numbers[full] = numbers[full] * TENS.take(length) + whole_of(digits, mask, bits)
            count[full] += length
            full = full[length == 8]
    most = int(count.max())
    if most > 1:
        tokens.refuse(padded & (count > 1))
    _refuse_out_of_range(tokens, numbers, count, negative)
    lengths = count
    if negative is not None:
        np.negative(numbers, out=numbers, where=negative)
        lengths = count + negative
    nulls = tokens.only_nulls(count == 0) if not count.min() else None
    if nulls is not None:
        lengths = np.where(nulls, 4, lengths)
    whole = numbers if pa.types.is_uint64(kind) else numbers.view(np.int64)
    return pa.array(whole.astype(str(kind), copy=False), mask=nulls), lengths


def _refuse_out_of_range(
    tokens: Tokens, numbers: NDArray[Any], count: NDArray[Any], negative: NDArray[Any] | None
) -> None:
    kind = tokens.slot.kind
    signed = pa.types.is_signed_integer(kind)
    highest = (1 << kind.bit_width - signed) - 1
    if int(count.max()) >= len(str(highest)) - 1:
        tokens.refuse(numbers > U(highest) if negative is None or not signed else numbers > U(highest) + negative)
        tokens.refuse(count > _MAX_DIGITS)
    if negative is not None and not signed:
        tokens.refuse(negative & (numbers != 0))


def read_dates(tokens: Tokens, exact: bool) -> tuple[pa.Array, Lengths]:
    """Dates as YYYY-MM-DD."""
    days, wrong = days_of(tokens.words(), tokens.words(8))
    lengths = np.full(len(tokens), _DATE_LENGTH)
    nulls = tokens.only_nulls(wrong) if wrong.any() else None
    if nulls is not None:
        lengths[nulls] = 4
    return pa.array(days, mask=nulls).view(pa.date32()), lengths


def read_texts(tokens: Tokens, exact: bool) -> tuple[pa.Array, Lengths]:
    """Text without escapes, and what Arrow casts from it."""
    kind, fixed = tokens.slot.kind, tokens.slot.fixed
    quoted = tokens.byte() == _QUOTE
    nulls = None if quoted.all() else tokens.only_nulls(~quoted)
    if tokens.is_inner and fixed is not None and fixed >= 2 and nulls is None:
        tokens.refuse(tokens.byte(fixed - 1) != _QUOTE)
        values = tokens.window.texts(tokens.offset + 1, fixed - 2)
        lengths = np.full(len(tokens), fixed)
    else:
        sizes = _sizes(tokens)
        lengths = sizes + 2
        if nulls is not None:
            sizes[nulls] = 0
            lengths[nulls] = 4
        values = tokens.cut(1, sizes)
    faulty = _faulty(values)
    if faulty is not None:
        tokens.refuse(faulty)
    if nulls is not None:
        values = pc.if_else(pa.array(nulls), pa.scalar(None, values.type), values)
    if not pa.types.is_string(kind):
        if tokens.bad.any():
            values = pc.if_else(pa.array(tokens.bad), pa.scalar(None, values.type), values)
        values, wrong = spelled_texts(values, kind)
        tokens.refuse(wrong)
    return values, lengths


def _sizes(tokens: Tokens) -> NDArray[np.int64]:
    """How many bytes each text has, up to the quote that closes it."""
    if tokens.ends is not None:
        sizes = tokens.ends - tokens.begins - 2
        tokens.refuse((sizes < 0) | (tokens.lines.data.take(tokens.ends - 1, mode="clip") != _QUOTE))
        return sizes
    sizes, beyond = tokens.distance(_QUOTE, 1)
    if len(beyond):
        quotes = tokens.lines.quotes
        begins = tokens.begins[beyond] + 1
        places = np.searchsorted(quotes, begins)
        sizes[beyond] = quotes.take(places, mode="clip") - begins
        tokens.bad[beyond[(places == len(quotes)) | (sizes[beyond] < 0)]] = True
    return sizes


def _faulty(values: pa.StringArray) -> NDArray[np.bool_] | None:
    """Which texts have a byte that no plain text of JSON has; None when none has."""
    _, bounds, content = values.buffers()
    data = np.frombuffer(content, np.uint8)
    if not len(data):
        return None
    ends = np.frombuffer(bounds, np.int32)[1 : len(values) + 1]
    faulty = None
    raw = content.to_pybytes()
    if data.min() < _SPACE or b"\\" in raw or b'"' in raw:
        wrong = np.flatnonzero((data < _SPACE) | (data == _BACKSLASH) | (data == _QUOTE))
        faulty = np.zeros(len(values), np.bool_)
        faulty[np.searchsorted(ends, wrong, side="right")] = True
    if not raw.isascii():
        try:
            values.validate(full=True)
        except pa.ArrowInvalid:
            faulty = np.zeros(len(values), np.bool_) if faulty is None else faulty
            faulty |= _misencoded(values)
    return faulty


def _misencoded(values: pa.StringArray) -> NDArray[np.bool_]:
    """Which texts are no UTF-8, found by halves."""
    try:
        values.validate(full=True)
        return np.zeros(len(values), np.bool_)
    except pa.ArrowInvalid:
        if len(values) == 1:
            return np.ones(1, np.bool_)
        middle = len(values) // 2
        return np.concatenate([_misencoded(values.slice(0, middle)), _misencoded(values.slice(middle))])
