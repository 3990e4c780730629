"""One column's profile: partial results that add up, whoever computed them, in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from conduit.quality.columns import Column, is_binary, is_text
from conduit.quality.profile.distinct import Distinct
from conduit.quality.profile.figures import Figures, is_profiled
from conduit.quality.profile.frequent import COUNTERS, Frequent
from conduit.quality.profile.hashing import (
    ALL_HASHES,
    Words,
    counted,
    hash_bytes,
    hash_words,
    least_hashes,
)
from conduit.quality.profile.numbers import Extent, Numbers
from conduit.quality.profile.plain import plain_values
from conduit.quality.profile.text import Span, span_of

# Where fewer hashes than this are among the least, looking for them in every row costs little more than hashing.
_RARE = ALL_HASHES // 4
_NEAR = 1024


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What is known of some rows of a column. `distinct` and `frequent` may be estimates, all else is exact.

    Estimates are of values that are neither NULL nor NaN; `looked` of them were counted in `frequent`.
    """

    rows: int = 0
    nulls: int = 0
    nans: int = 0
    numbers: Extent = field(default_factory=Extent)
    text: Span = field(default_factory=Span)
    distinct: Distinct = field(default_factory=Distinct)
    frequent: Frequent = field(default_factory=Frequent)
    looked: int = 0

    @property
    def looks_at_all(self) -> bool:
        """Whether every row is looked at for distinct values from now on."""
        return self.distinct.below <= _RARE

    def figures(self, most: int) -> Figures:
        """What is known, with at most so many frequent values."""
        numbers, text = self.numbers, self.text
        return Figures(
            self.rows,
            self.nulls,
            self.nans,
            text.low if text.low is not None else numbers.low,
            text.high if text.high is not None else numbers.high,
            numbers.total + numbers.lost if isinstance(numbers.total, float) else numbers.total,
            text.shortest,
            text.longest,
            self.distinct.estimate(self.rows - self.nulls - self.nans),
            self.distinct.looked,
            self.frequent.top(most),
            self.looked,
            self.frequent.missed,
        )

    def __add__(self, other: ColumnProfile) -> ColumnProfile:
        return ColumnProfile(
            self.rows + other.rows,
            self.nulls + other.nulls,
            self.nans + other.nans,
            self.numbers + other.numbers,
            self.text + other.text,
            self.distinct + other.distinct,
            self.frequent + other.frequent,
            self.looked + other.looked,
        )


def figures_of(column: Column, batch: pa.RecordBatch, known: ColumnProfile) -> ColumnProfile:
    """What is exact of a batch's column, to be added to what is `known`; what cannot change that may be missing.

    Distinct values are counted as well, once looking at every row costs little.
    """
    found = values_of(column, batch)
    values, figures = found.others, ColumnProfile(found.rows, found.nulls, found.nans)
    if values is None:
        return figures
    below = known.distinct.below
    if is_text(values.type) or is_binary(values.type):
        figures = replace(figures, text=span_of(values, known.text))
        least = hash_bytes(values) if known.looks_at_all else None
    else:
        numbers = Numbers.of(values)
        figures = replace(figures, numbers=numbers.extent())
        least = least_hashes(numbers.hashable(), below) if known.looks_at_all else None
    if least is None:
        return figures
    return replace(figures, distinct=Distinct.of(*counted(least[least < np.uint64(below)]), below, len(values)))


def estimates_of(column: Column, sample: pa.RecordBatch, known: ColumnProfile) -> ColumnProfile:
    """Distinct and frequent values of some rows, all else of which is counted elsewhere, to be added to the `known`."""
    values = values_of(column, sample).others
    if values is None:
        return ColumnProfile()
    if is_text(values.type) or is_binary(values.type):
        hashes = hash_bytes(values)
    else:
        hashes = hash_words(Numbers.of(values).hashable())
    keys, counts = counted(hashes)
    distinct = Distinct()
    if not known.looks_at_all:
        distinct = Distinct.of(keys, counts, known.distinct.below, len(values))
    frequent = _frequent(keys, counts, values, hashes, known.frequent)
    return ColumnProfile(distinct=distinct, frequent=frequent, looked=len(values))


@dataclass(frozen=True, slots=True)
class Values:
    """A batch's column: how many rows, NULL and NaN it has, and the `others`, None where none is left to look at."""

    rows: int
    nulls: int
    nans: int
    others: pa.Array | None


def values_of(column: Column, batch: pa.RecordBatch) -> Values:
    """The column's values, sorted out; nested values and calendar intervals are not looked at."""
    values = column.values(batch)
    rows, nulls = len(values), values.null_count
    if pa.types.is_null(values.type) or nulls == rows or not is_profiled(values.type):
        return Values(rows, rows if pa.types.is_null(values.type) else nulls, 0, None)
    if pa.types.is_string_view(values.type):
        values = values.cast(pa.large_string())
    elif pa.types.is_binary_view(values.type) or pa.types.is_fixed_size_binary(values.type):
        values = values.cast(pa.large_binary())
    values = values.drop_null() if nulls else values
    # One NaN is the least of all to numpy: asking for the least is the fastest way to learn that there is none.
    if pa.types.is_floating(values.type) and np.isnan(values.to_numpy().min()):
        values = values.filter(pa.array(~np.isnan(values.to_numpy())))
    return Values(rows, nulls, rows - nulls - len(values), values if len(values) else None)


def _frequent(keys: Words, counts: Words, looked: pa.Array, hashes: Words, known: Frequent) -> Frequent:
    lost = 0
    if len(keys) > COUNTERS:
        lost = int(np.partition(counts, len(counts) - COUNTERS - 1)[len(counts) - COUNTERS - 1])
        more = counts > lost
        keys, counts = keys[more], counts[more] - np.uint64(lost)
    found = dict(zip(keys.tolist(), counts.tolist(), strict=True))
    new = [key for key in found if key not in known.shown]
    if not new:
        return Frequent(found, known.shown, lost)
    rows = pa.array([_row_of(key, hashes) for key in new])
    shown = dict(zip(new, plain_values(looked.take(rows)), strict=True))
    return Frequent(found, {key: shown.get(key, known.shown.get(key)) for key in found}, lost)


def _row_of(key: int, hashes: Words) -> int:
    """A row with this hash: a frequent value is found among the first rows nearly always."""
    for part in (hashes[:_NEAR], hashes):
        rows = np.flatnonzero(part == np.uint64(key))
        if len(rows):
            return int(rows[0])
    raise AssertionError("the hash is one of these")
