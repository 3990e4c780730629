"""What a sample shows of one column: how many values, how many of them NULL, which, and from where to where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.sample import Sample

EXAMPLES = 3
SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Witness:
    """A value that decided something, and where it stands: `row` counts from 1 in its `part` of its `file`."""

    value: str
    part: str
    row: int
    file: str | None = None

    def __str__(self) -> str:
        return f"{self.value!r} (row {self.row:,} of the {self.part})"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of a sample's rows; `distinct` is None for nested values. `low` and `high` are the ends, as text.

    `examples` are the values that are there most often.
    """

    rows: int
    nulls: int
    distinct: int | None = None
    examples: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None

    @property
    def null_share(self) -> float:
        return self.nulls / self.rows if self.rows else 0.0


class Places:
    """Where the rows of samples stand that are joined, none of them without rows."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._begins = [0, *accumulate(sample.rows.num_rows for sample in samples)]
        self._before: list[int] = []
        self._samples = samples
        seen: dict[tuple[str, str | None], int] = {}
        for sample in samples:
            key = (sample.part, sample.file)
            self._before.append(seen.get(key, 0))
            seen[key] = self._before[-1] + sample.rows.num_rows

    def witness(self, number: int, value: str) -> Witness:
        """The value of the row with this 0-based number."""
        at = bisect_right(self._begins, number) - 1
        sample = self._samples[at]
        return Witness(cut(value), sample.part, self._before[at] + number - self._begins[at] + 1, sample.file)


def distinct_of(values: pa.ChunkedArray) -> tuple[pa.Array, pa.Array] | None:
    """The distinct values that are not NULL, in the order of the rows, and their counts; None for nested ones."""
    present = values.drop_null()
    if pa.types.is_string_view(present.type) or pa.types.is_dictionary(present.type):
        present = present.cast(pa.string())
    try:
        counted = pc.value_counts(present)
    except pa.ArrowNotImplementedError:
        return None
    return counted.field("values"), counted.field("counts")


def evidence_of(
    values: pa.ChunkedArray, distinct: tuple[pa.Array, pa.Array] | None, typed: pa.Array | None
) -> Evidence:
    """The evidence of a column. `typed` are its distinct values in the type that they are read as, for their ends."""
    rows, nulls = len(values), values.null_count
    if distinct is None:
        shown = tuple(cut(str(value)) for value in values.drop_null().slice(0, EXAMPLES))
        return Evidence(rows, nulls, examples=shown)
    found, counts = distinct
    if not len(found):
        return Evidence(rows, nulls, 0)
    common = pc.array_sort_indices(counts, order="descending").slice(0, EXAMPLES)
    examples = tuple(map(cut, as_text(found.take(common))))
    return Evidence(rows, nulls, len(found), examples, *_ends(found if typed is None else typed))


def as_text(values: pa.Array) -> list[str]:
    """Each value as text; bytes as hexadecimal digits."""
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return [value.hex() for value in values.to_pylist()]
    try:
        texts: list[str] = pc.cast(values, pa.string()).to_pylist()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return [str(value) for value in values]
    return texts


def cut(text: str) -> str:
    """Text of at most SHOWN_CHARACTERS, with an ellipsis where there was more."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _ends(values: pa.Array) -> tuple[str | None, str | None]:
    try:
        ends = pc.min_max(values)
    except pa.ArrowNotImplementedError:
        return None, None
    if not ends["min"].is_valid:
        return None, None
    low, high = as_text(pa.array([ends["min"], ends["max"]], values.type))
    return cut(low), cut(high)
