"""Which keys repeat, across a whole run: exact, in arrival order, in bounded memory, by several threads at once.

Keys become 64-bit words. While batches come in some order (any table read in the order of its key), remembering where
words came so far says which are certainly new. Else a Bloom filter says that of nearly all of them in clean data. Only
the others are looked up in the exact store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from conduit.quality.arrival import Stretches
from conduit.quality.bloom import Bloom
from conduit.quality.key_store import KeyStore, none_of
from conduit.quality.packing import Packing, strictly_increasing

if TYPE_CHECKING:
    import polars as pl

_HALF = 1 << 32

Hash = Callable[["pl.DataFrame", int], "pl.Series"]


class UniqueKeys:
    """All keys of a run so far. The first arrival of a key is new, every later one repeats it.

    Keys are frames of non-null whole numbers, text, bytes, floats or decimals, with the same columns every time.
    """

    def __init__(self, memory: int, directory: Path | None, hashed: Hash | None = None) -> None:
        self._lock = Lock()
        self._memory = memory
        self._directory = directory
        self._hash = hashed or _hash_rows
        self._ways: _Ways | None = None

    def repeats(self, keys: pl.DataFrame) -> pl.Series | None:
        """Remember the keys; True where a key has arrived before, None where none has."""
        if not len(keys):
            return None
        ways = self._ways_for(keys)
        if ways.packing is None:
            return ways.hashed.repeats(keys)
        fits = ways.packing.fits(keys)
        if fits is None:
            return ways.packed.repeats(ways.packing.pack(keys))
        inside = ways.packed.repeats(ways.packing.pack(keys.filter(fits)))
        outside = ways.hashed.repeats(keys.filter(~fits))
        result = none_of(len(keys))
        for part, rows in ((inside, fits), (outside, ~fits)):
            if part is not None:
                result.scatter(rows.arg_true(), part)
        return result if result.any() else None

    def settle(self) -> None:
        """No more keys arrive: what was needed to take them in is let go, and `known` may be asked."""
        if self._ways is not None:
            self._ways.packed.settle()
            self._ways.hashed.settle()

    def known(self, keys: pl.DataFrame) -> pl.Series:
        """True where a key has arrived before it was settled; nothing is remembered. Many threads may ask at once."""
        ways = self._ways
        if ways is None or not len(keys):
            return none_of(len(keys))
        if ways.packing is None:
            return ways.hashed.known(keys)
        fits = ways.packing.fits(keys)
        if fits is None:
            return ways.packed.known(ways.packing.pack(keys))
        result = none_of(len(keys))
        result.scatter(fits.arg_true(), ways.packed.known(ways.packing.pack(keys.filter(fits))))
        result.scatter((~fits).arg_true(), ways.hashed.known(keys.filter(~fits)))
        return result

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""
        if self._ways is not None:
            self._ways.packed.close()
            self._ways.hashed.close()

    def _ways_for(self, keys: pl.DataFrame) -> _Ways:
        """Settled by the first keys, once for all: a key must always go the same way."""
        with self._lock:
            if self._ways is None:
                packing = Packing.of(keys)
                # Of what may not fit into a word, most does.
                aside = self._memory if packing is None else 0 if packing.always_fits else self._memory // 4
                self._ways = _Ways(
                    packing,
                    _PackedKeys(self._memory - aside, self._directory),
                    _HashedKeys(aside, self._directory, self._hash),
                )
            return self._ways


@dataclass(frozen=True, slots=True)
class _Ways:
    """Keys that fit into a word go to `packed`, all others to `hashed`; without a packing that is all of them."""

    packing: Packing | None
    packed: _PackedKeys
    hashed: _HashedKeys


class _PackedKeys:
    """Keys that are their words."""

    def __init__(self, memory: int, directory: Path | None) -> None:
        self._lock = Lock()
        self._store = KeyStore(memory // 4, directory)
        self._seen = _PerhapsSeen(memory // 2, self._store)

    def repeats(self, words: pl.Series) -> pl.Series | None:
        if not len(words):
            return None
        first = None if strictly_increasing(words) else words.is_first_distinct()
        if first is not None and first.all():
            first = None
        distinct = words if first is None else words.filter(first)
        with self._lock:
            again = self._arrive(distinct)
        return _over_all(first, again)

    def _arrive(self, words: pl.Series) -> pl.Series | None:
        perhaps = self._seen.perhaps(words)
        if perhaps is None or not perhaps.any():
            self._store.add(words)
            return None
        again = none_of(len(words))
        again.scatter(perhaps.arg_true(), self._store.find(words.filter(perhaps)).word)
        self._store.add(words.filter(~again))
        return again if again.any() else None

    def settle(self) -> None:
        self._seen.close()
        self._store.settle()

    def known(self, words: pl.Series) -> pl.Series:
        return self._store.find(words).word

    def close(self) -> None:
        self._store.close()


class _HashedKeys:
    """Keys that are looked up by a hash. A key whose hash belongs to another key goes to a next level, hashed anew."""

    def __init__(self, memory: int, directory: Path | None, hashed: Hash, level: int = 0) -> None:
        self._lock = Lock()
        self._memory = memory
        self._directory = directory
        self._hash = hashed
        self._level = level
        self._store = KeyStore(memory // 4, directory)
        self._seen = _PerhapsSeen(memory // 2, self._store)
        self._next: _HashedKeys | None = None

    def repeats(self, keys: pl.DataFrame) -> pl.Series | None:
        import polars as pl

        if not len(keys):
            return None
        words = self._hash(keys, self._level)
        first = None
        if not words.is_first_distinct().all():
            first = keys.select(pl.struct(pl.all()).is_first_distinct().alias("first"))["first"]
            words, keys = words.filter(first), keys.filter(first)
        with self._lock:
            again = self._arrive(words, keys)
        return _over_all(first, again)

    def _arrive(self, words: pl.Series, keys: pl.DataFrame) -> pl.Series | None:
        perhaps = self._seen.perhaps(words)
        again, taken = none_of(len(words)), none_of(len(words))
        if perhaps is not None and perhaps.any():
            rows = perhaps.arg_true()
            found = self._store.find(words.filter(perhaps), keys.filter(perhaps))
            taken.scatter(rows, found.word)
            again.scatter(rows, found.key)
        # Of new keys with the same hash the first owns it.
        owners = ~taken & words.is_first_distinct()
        self._store.add(words.filter(owners), keys.filter(owners))
        collided = ~owners & ~again
        if collided.any():
            if self._next is None:
                self._next = _HashedKeys(self._memory, self._directory, self._hash, self._level + 1)
            elsewhere = self._next.repeats(keys.filter(collided))
            if elsewhere is not None:
                again.scatter(collided.arg_true(), elsewhere)
        return again if again.any() else None

    def settle(self) -> None:
        self._seen.close()
        self._store.settle()
        if self._next is not None:
            self._next.settle()

    def known(self, keys: pl.DataFrame) -> pl.Series:
        found = self._store.find(self._hash(keys, self._level), keys)
        if self._next is None:
            return found.key
        elsewhere = found.word & ~found.key
        if elsewhere.any():
            found.key.scatter(elsewhere.arg_true(), self._next.known(keys.filter(elsewhere)))
        return found.key

    def close(self) -> None:
        self._store.close()
        if self._next is not None:
            self._next.close()


class _PerhapsSeen:
    """Which of some distinct words may be in the store: by where words came so far; without an order by a filter."""

    def __init__(self, memory: int, store: KeyStore) -> None:
        self._memory = memory
        self._store = store
        self._stretches = Stretches()
        self._bloom: Bloom | None = None

    def perhaps(self, words: pl.Series) -> pl.Series | None:
        """Remember the words, which the caller adds to the store; None where none can have been seen."""
        if self._bloom is None:
            covered = self._stretches.see(words)
            if covered is None or self._stretches.in_order:
                return covered
            self._bloom = self._rebuilt(len(words))
        elif self._bloom.crowded:
            self._bloom = None  # its memory is free before the larger one is made
            self._bloom = self._rebuilt(len(words))
        return self._bloom.see(words)

    def close(self) -> None:
        self._stretches = Stretches()
        self._bloom = None

    def _rebuilt(self, more: int) -> Bloom:
        self._stretches = Stretches()
        bloom = Bloom(self._store.count + more, self._memory)
        for words in self._store.words():
            bloom.see(words)
        return bloom


def _over_all(first: pl.Series | None, again: pl.Series | None) -> pl.Series | None:
    """Repeats within a batch (not `first`) and, of its first ones, those that repeat earlier batches (`again`)."""
    if first is None:
        return again
    result = ~first
    if again is not None:
        result.scatter(first.arg_true().filter(again), True)
    return result


def _hash_rows(keys: pl.DataFrame, level: int) -> pl.Series:
    """Half of a word is the first whole number of the key, if it has one: words then come in an order if keys do."""
    import polars as pl

    hashed = keys.hash_rows(seed=level)
    ordered = next((name for name, dtype in keys.schema.items() if dtype.is_integer()), None)
    if level or ordered is None or keys.schema[ordered] in (pl.Int128, pl.UInt128):
        return hashed
    number = keys[ordered].cast(pl.Int64) if keys.schema[ordered] != pl.UInt64 else keys[ordered]
    word = number.reinterpret(signed=False) * _HALF + hashed // _HALF
    return word.alias("word")
