"""64 evenly spread bits for each value, so that sketches need no values: the same value gives the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import polars as pl

Words: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"

ALL_HASHES = 1 << 64

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(32)
# Two scratch blocks of this size stay in the core's cache; whole columns would go through memory five times.
_BLOCK = 16_384
_FEW = 8_192


def hash_words(words: Words) -> Words:
    """Hashes of whole numbers in 64 bits (multiply, fold, multiply: a bijection, so that none collide)."""
    hashes = words * _FIRST
    hashes ^= hashes >> _HALF
    hashes *= _SECOND
    return hashes


def least_hashes(words: Words, below: int) -> Words:
    """Those hashes of whole numbers that are less than `below`, in no order."""
    size = min(_BLOCK, len(words))
    hashes, folded, is_less = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size, np.bool_)
    found = []
    for start in range(0, len(words), _BLOCK):
        block = words[start : start + _BLOCK]
        count = len(block)
        hashed = np.multiply(block, _FIRST, out=hashes[:count])
        hashed ^= np.right_shift(hashed, _HALF, out=folded[:count])
        hashed *= _SECOND
        found.append(hashed[np.less(hashed, np.uint64(below), out=is_less[:count])])
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def hash_bytes(values: pa.Array) -> Words:
    """Hashes of text or bytes without NULLs."""
    import polars as pl

    # The frame's hash is computed at once; a series' goes through a query plan, which costs more than short columns do.
    return cast("pl.Series", pl.from_arrow(values)).to_frame().hash_rows().to_numpy()


def counted(hashes: Words) -> tuple[Words, Words]:
    """The distinct hashes, in no order, and how often each is there."""
    if len(hashes) < _FEW:
        keys, counts = np.unique(hashes, return_counts=True)
        return keys, counts.astype(np.uint64)
    import polars as pl

    # A hash table: of many values three times as fast as sorting, which numpy does.
    frame = pl.Series("hash", hashes).value_counts()
    return frame["hash"].to_numpy(), frame["count"].cast(pl.UInt64).to_numpy()
