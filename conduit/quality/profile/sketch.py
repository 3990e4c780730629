"""What many looks at a column tell together, in memory that does not grow with their number."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.quality.profile.distinct import Distinct
from conduit.quality.profile.figures import Figures
from conduit.quality.profile.frequent import Frequent
from conduit.quality.profile.look import Look, Span
from conduit.quality.profile.numbers import Extent, Words, has_length

_FIRST, _SECOND, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(32)
_UNSIGNED = {8: pa.uint8(), 16: pa.uint16(), 32: pa.uint32(), 64: pa.uint64()}


class Sketch:
    """Ends and lengths of text, distinct and frequent values of all looks; the latter two are estimates."""

    def __init__(self) -> None:
        self._span = Span()
        self._distinct = Distinct()
        self._frequent = Frequent()

    def add(self, look: Look) -> None:
        """Take a look in."""
        if look.looked:
            hashes = _hashes(look.values)
            self._span += look.span()
            self._distinct += Distinct.of(hashes, look.counts, look.looked, self._distinct.below)
            self._frequent += Frequent.of(hashes, look, self._frequent)

    def figures(self, extent: Extent, most: int) -> Figures:
        """The figures of a column of that extent, with at most so many frequent values."""
        distinct, frequent = self._distinct, self._frequent
        top = frequent.top(most)
        return Figures(extent, self._span, distinct.estimate(extent.count), top, distinct.looked, frequent.missed)


def _hashes(values: pa.Array) -> Words:
    """64 evenly spread bits for each value: the same value gives the same bits."""
    if pa.types.is_decimal(values.type):
        # The bytes of a decimal are its value, however wide it is.
        values = values.view(pa.binary(values.type.bit_width // 8)).cast(pa.large_binary())
    return _spread(_text_words(values) if has_length(values.type) else _words(values))


def _text_words(values: pa.Array) -> Words:
    """Checksum and length of each text; two of one length are taken for the same once in 2**32 pairs.

    These are some values of a sample; importing Polars for a better hash takes longer than hashing a large load's.
    """
    stored = values.cast(pa.large_binary())
    words = np.fromiter(map(crc32, stored.to_pylist()), np.uint64, len(stored))
    words |= pc.binary_length(stored).to_numpy().astype(np.uint64) << _HALF
    return words


def _words(values: pa.Array) -> Words:
    """The bits of each number, truth or point in time."""
    kind = values.type
    bits = values.cast(pa.uint8()) if pa.types.is_boolean(kind) else values.view(_UNSIGNED[kind.bit_width])
    words: Words = bits.to_numpy().astype(np.uint64)
    return words


def _spread(words: Words) -> Words:
    """Multiply, fold, multiply: a bijection, so that none collide."""
    hashes = words * _FIRST
    hashes ^= hashes >> _HALF
    hashes *= _SECOND
    return hashes
