"""Arithmetic on eight bytes of text at once: one machine word per line, vectorised over the lines.

The first character of a word is its lowest byte, as it is on every processor that Arrow has wheels for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words: TypeAlias = NDArray[np.uint64]

U = np.uint64
BYTE = U(0xFF)
TENS = np.array([10**i for i in range(20)], np.uint64)
FLOAT_TENS = np.array([10.0**i for i in range(16)])


def word_of(text: bytes) -> np.uint64:
    """Up to eight bytes as a word."""
    return U(int.from_bytes(text, "little"))


@dataclass(frozen=True, slots=True)
class Spelling:
    """Bytes that are expected, as the words to compare and where they stand; `mask` cuts a word that is too long."""

    text: bytes
    words: tuple[tuple[int, np.uint64], ...]
    mask: np.uint64 | None

    @classmethod
    def of(cls, text: bytes) -> Spelling:
        """The fewest words; the last one overlaps another where the bytes do not come out even."""
        if len(text) < 8:
            return cls(text, ((0, word_of(text)),), U((1 << 8 * len(text)) - 1))
        places = sorted({*range(0, len(text) - 7, 8), len(text) - 8})
        return cls(text, tuple((at, word_of(text[at : at + 8])) for at in places), None)


ZEROS, _ONES, _HIGH = word_of(b"0" * 8), word_of(b"\x01" * 8), word_of(b"\x80" * 8)
_OVER_NINE, _OVER_ZERO = word_of(b"\x76" * 8), b"\x7f"
_7, _8, _16, _24, _32, _48, _64, _TEN, _ONE = map(U, (7, 8, 16, 24, 32, 48, 64, 10, 1))
_PAIRS, _HUNDREDS, _UNITS = U(0xFF_000000FF), U(100 + (1_000_000 << 32)), U(1 + (10_000 << 32))


def flags_below(flags: Words) -> Words:
    """All the bits below a word's lowest flag; all bits at all where it has none. Changes `flags`."""
    flags &= np.negative(flags)
    flags -= _ONE
    return flags


def bits_of(mask: Words) -> Words:
    """How many bits are set: of what `flags_below` gives, eight for each byte in front of the flag."""
    return np.bitwise_count(mask).astype(np.uint64)


def not_digits(digits: Words) -> Words:
    """Flags at the bytes that are above nine, at least up to the first of them."""
    flags = digits + _OVER_NINE
    flags |= digits
    flags &= _HIGH
    flags >>= _7
    return flags


def leading_digits(word: Words) -> tuple[Words, Words, Words]:
    """A word less the character 0 in each byte, the mask of the digits that it begins with, and that mask's bits."""
    digits = word ^ ZEROS
    mask = flags_below(not_digits(digits))
    return digits, mask, bits_of(mask)


def number_of(digits: Words) -> Words:
    """Eight digits, one a byte, as a number. Changes `digits`."""
    pairs = digits >> _8
    digits *= _TEN
    digits += pairs
    low = digits >> _16
    low &= _PAIRS
    low *= _UNITS
    digits &= _PAIRS
    digits *= _HUNDREDS
    digits += low
    digits >>= _32
    return digits


def whole_of(digits: Words, mask: Words, bits: Words) -> Words:
    """The number that the masked digits are. Changes `digits`."""
    digits &= mask
    digits <<= _64 - bits
    return number_of(digits)


def position_of(byte: int, word: Words) -> NDArray[np.int64]:
    """How many bytes stand in front of the first `byte` of each word; 8 where there is none."""
    zero = word ^ word_of(bytes([byte]) * 8)
    flags = zero - _ONES
    flags &= ~zero
    flags &= _HIGH
    flags >>= _7
    return np.bitwise_count(flags_below(flags)).astype(np.int64) >> 3


_DATE = word_of(b'"0000-00'), word_of(b'-00"')
_DATE_LIMITS = tuple(
    word_of(bytes(0x76 if char == ord("0") else 0x7F for char in text)) for text in (b'"0000-00', b'-00"')
)
_FOUR_BYTES = U(0xFFFFFFFF)


def days_of(first: Words, second: Words) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Days since 1970 of quoted dates, `"YYYY-MM` and `-DD"`, and which of them are no dates."""
    year, day = first ^ _DATE[0], second ^ _DATE[1]
    day &= _FOUR_BYTES
    # A byte that is to be a digit is above nine, or one that is to be punctuation differs from it.
    wrong = year + _DATE_LIMITS[0]
    wrong |= year
    other = day + _DATE_LIMITS[1]
    other |= day
    wrong |= other
    wrong &= _HIGH
    pairs = year >> _8
    year *= _TEN
    year += pairs
    month = year >> _48
    month &= U(0x7F)
    wrong |= month >> U(4)
    month &= U(15)
    index = year >> _8
    index &= U(0x7F)
    index *= U(100)
    year >>= _24
    year &= U(0x7F)
    index += year
    index <<= U(4)
    index += month
    pairs = day >> _16
    pairs &= BYTE
    day >>= _8
    day &= BYTE
    day *= _TEN
    day += pairs
    begins, lengths = _months()
    places = index.view(np.int64)
    days = day.view(np.int64)
    bad = days > lengths.take(places, mode="clip")
    bad |= days < 1
    bad |= wrong != 0
    return begins.take(places, mode="clip") + days.astype(np.int32), bad


@lru_cache(1)
def _months() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """By year * 16 + month: the day before its first since 1970, and how many days it has; 0 where it is none."""
    begins, lengths = (np.zeros((10_000, 16), np.int32) for _ in range(2))
    months = np.arange("0000-01", "10000-01", dtype="datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int32)
    after = (months + 1).astype("datetime64[D]").astype(np.int32)
    begins[:, 1:13] = (first - 1).reshape(-1, 12)
    lengths[:, 1:13] = (after - first).reshape(-1, 12)
    return begins.ravel(), lengths.ravel()
