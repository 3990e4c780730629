"""Decimals as PostgreSQL's binary numerics, every digit of them: base 10,000, most significant first."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

Block: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

_BASE, _DIGITS = 10_000, 4
_NEGATIVE = 0x4000
_HEADER = 4
_LIMB = np.uint64(32)


def numeric_block(values: pa.Array) -> Block:
    """One numeric a row, all of the same width, as rows of bytes; what a null has in its place is of no account.

    The server drops leading and trailing zeros, so that the greatest of the values can set the width for all.
    """
    kind, count = values.type, len(values)
    behind = -(-kind.scale // _DIGITS)
    shift = 10 ** (behind * _DIGITS - kind.scale)
    negative, digits = _short(values, shift) or _long(values, shift)
    while len(digits) < max(behind, 1):
        digits.append(np.zeros(count, np.int16))
    block = np.empty((count, _HEADER + len(digits)), ">i2")
    block[:, 0] = len(digits)
    block[:, 1] = len(digits) - behind - 1
    block[:, 2] = np.where(negative, _NEGATIVE, 0)
    block[:, 3] = kind.scale
    for place, digit in enumerate(reversed(digits)):
        block[:, _HEADER + place] = digit
    return block.view(np.uint8)


def _short(values: pa.Array, shift: int) -> tuple[Block, list[Block]] | None:
    """Whether they are negative, and their digits, the least first; None where 64 bits do not hold them all."""
    words = _words(values)
    low, rest = words[:, 0].view(np.int64), words[:, 1:].view(np.int64)
    if not (rest == (low >> 63)[:, None]).all():
        return None
    if values.null_count:
        low = np.where(_valid(values), low, 0)
    negative = low < 0
    size = np.abs(low)
    greatest = int(size.max(initial=0))
    if greatest * shift >= 2**63 or int(size.min(initial=0)) < 0:
        return None
    if shift > 1:
        size = size * shift
    if greatest * shift < 2**32:
        size = size.astype(np.uint32)
    digits = []
    left = greatest * shift
    while left:
        quotient = size // _BASE
        digits.append(size - quotient * _BASE)
        size, left = quotient, left // _BASE
    return negative, digits


def _long(values: pa.Array, shift: int) -> tuple[Block, list[Block]]:
    """The same by long division, for as many bits as there are."""
    words = _words(values)
    if values.null_count:
        words = np.where(_valid(values)[:, None], words, np.uint64(0))
    negative = words[:, -1].view(np.int64) < 0
    limbs = [part for word in words.T for part in (word & np.uint64(0xFFFFFFFF), word >> _LIMB)]
    # Two's complement, then the factor that makes the fraction whole digits; it may need one limb more.
    carry = negative.astype(np.uint64)
    for place, limb in enumerate(limbs):
        turned = np.where(negative, limb ^ np.uint64(0xFFFFFFFF), limb) + carry
        limbs[place], carry = turned & np.uint64(0xFFFFFFFF), turned >> _LIMB
    carry = np.zeros(len(values), np.uint64)
    for place, limb in enumerate(limbs):
        product = limb * np.uint64(shift) + carry
        limbs[place], carry = product & np.uint64(0xFFFFFFFF), product >> _LIMB
    limbs.append(carry)
    digits = []
    while limbs:
        left = np.zeros(len(values), np.uint64)
        for place in range(len(limbs) - 1, -1, -1):
            dividend = (left << _LIMB) | limbs[place]
            limbs[place], left = dividend // np.uint64(_BASE), dividend % np.uint64(_BASE)
        digits.append(left)
        while limbs and not limbs[-1].any():
            limbs.pop()
    return negative, digits


def _words(values: pa.Array) -> Block:
    """The two's complement of the values in words of 64 bits, the least significant first."""
    width = values.type.bit_width // 64
    data = np.frombuffer(values.buffers()[1], np.uint64)
    return data[values.offset * width : (values.offset + len(values)) * width].reshape(len(values), width)


def _valid(values: pa.Array) -> Block:
    valid: Block = values.is_valid().to_numpy(zero_copy_only=False)
    return valid
