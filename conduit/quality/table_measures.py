"""What checks of a whole load measure, batch by batch, by several threads, and what they say of it in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from conduit.core.types import type_name
from conduit.errors import ConfigError
from conduit.quality.columns import Column, find_column
from conduit.quality.exact import NotOfType, exact_float, exact_number, stored_type
from conduit.quality.key_frame import key_frame
from conduit.quality.model.age import age_text
from conduit.quality.model.table import DistinctCount, Freshness, Mean, NullRate, Sum, TableCheck
from conduit.quality.profile.numbers import Extent, extent_of
from conduit.quality.profile.summary import decimal_text
from conduit.quality.unique import UniqueKeys

_EPOCH = datetime(1970, 1, 1)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: does the load pass, what was measured, and what was wanted, as text for a person."""

    passes: bool
    observed: str
    wanted: str = ""


class Measure(Protocol):
    """One check's measure of a load."""

    def add(self, batch: pa.RecordBatch) -> None:
        """Measure a batch; any thread may."""

    def judge(self, rows: int) -> Finding:
        """Say what was found, of a load of so many rows."""

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""


class RowsMeasure:
    """The number of rows alone decides."""

    def __init__(self, judged: Callable[[int], Finding]) -> None:
        self._judged = judged

    def add(self, batch: pa.RecordBatch) -> None:
        """Nothing to do: rows are counted for all checks together."""

    def judge(self, rows: int) -> Finding:
        return self._judged(rows)

    def close(self) -> None:
        """Nothing is held."""


class NullMeasure(RowsMeasure):
    """The share of NULL in a column."""

    def __init__(self, check: NullRate, schema: pa.Schema) -> None:
        super().__init__(self._of)
        self._check = check
        self._column = find_column(check.column, schema, check.label)
        self._lock = Lock()
        self._nulls = 0

    def add(self, batch: pa.RecordBatch) -> None:
        nulls = extent_of(self._column, batch).nulls
        with self._lock:
            self._nulls += nulls

    def _of(self, rows: int) -> Finding:
        rate = Fraction(self._nulls, rows) if rows else Fraction(0)
        observed = f"{decimal_text(rate, 6)} ({self._nulls:,} of {rows:,} rows)"
        return Finding(rate <= Fraction(repr(self._check.max)), observed, f"at most {self._check.max}")


class FreshnessMeasure(RowsMeasure):
    """The newest point in time of a column, against the start of the run."""

    def __init__(self, check: Freshness, schema: pa.Schema, started: datetime) -> None:
        super().__init__(self._of)
        self._check, self._started = check, started
        self._column = find_column(check.column, schema, check.label)
        kind = self._kind = stored_type(self._column.type)
        if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_null(kind)):
            raise _wrong_type(check, self._column, "dates or timestamps")
        self._lock = Lock()
        self._newest: int | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        newest = extent_of(self._column, batch).high
        if newest is not None:
            with self._lock:
                self._newest = int(newest) if self._newest is None else max(self._newest, int(newest))

    def _of(self, rows: int) -> Finding:
        wanted = f"at most {self._check.max_age} old"
        if self._newest is None:
            return Finding(False, "no value", wanted)
        # Python's calendar ends in the year 9999, Arrow's later.
        try:
            newest = self._moment(self._newest)
        except (OverflowError, ValueError):
            return Finding(self._newest > 0, "a moment out of range", wanted)
        age = self._started - newest
        when = f"{newest.isoformat()}, {age_text(age)} {'old' if age >= timedelta(0) else 'ahead'}"
        return Finding(age <= self._check.age, when, wanted)

    def _moment(self, newest: int) -> datetime:
        kind = self._kind
        if pa.types.is_timestamp(kind):
            seconds = Fraction(newest, _PER_SECOND[kind.unit])
        else:
            seconds = Fraction(newest * 86_400) if pa.types.is_date32(kind) else Fraction(newest, 1000)
        moment = _EPOCH + timedelta(microseconds=int(seconds * 10**6))
        if pa.types.is_timestamp(kind) and kind.tz:
            return moment.replace(tzinfo=UTC)
        return moment.replace(tzinfo=ZoneInfo(self._check.timezone))


class TotalMeasure(RowsMeasure):
    """The sum of a column, or its mean."""

    def __init__(self, check: Mean | Sum, schema: pa.Schema) -> None:
        super().__init__(self._of)
        self._check = check
        self._column = find_column(check.column, schema, check.label)
        kind = self._kind = stored_type(self._column.type)
        numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        if not (numbers or pa.types.is_null(kind)):
            raise _wrong_type(check, self._column, "numbers")
        exact = exact_float if pa.types.is_floating(kind) else exact_number
        try:
            self._low, self._high = (
                None if bound is None else exact(bound, pa.int64() if pa.types.is_null(kind) else kind)
                for bound in (check.min, check.max)
            )
        except NotOfType as wrong:
            raise ConfigError(f"{wrong}.", place=check.label) from None
        self._lock = Lock()
        self._extent = Extent()

    def add(self, batch: pa.RecordBatch) -> None:
        extent = extent_of(self._column, batch)
        with self._lock:
            self._extent += extent

    def _of(self, rows: int) -> Finding:
        wanted, count = _between(self._check.min, self._check.max), self._extent.count
        if self._extent.nans:
            return Finding(False, f"NaN ({self._extent.nans:,} values)", wanted)
        if isinstance(self._check, Sum):
            count = 1
        if not count:
            return Finding(False, "no value", wanted)
        total: float | Fraction
        if isinstance(self._extent.total, float):
            total = (self._extent.total + self._extent.lost) / count
            observed = repr(total)
        else:
            total = Fraction(self._extent.total, count)
            places = self._kind.scale if pa.types.is_decimal(self._kind) else 0
            observed = decimal_text(total / Fraction(10) ** places, places + 6)
        # An infinity and its opposite add up to NaN, which lies within no bounds.
        passes = (self._low is None or total >= self._low) and (self._high is None or total <= self._high)
        return Finding(passes and total == total, observed, wanted)


class DistinctMeasure(RowsMeasure):
    """The exact number of distinct keys; those that do not fit into `memory` bytes are on disk."""

    def __init__(self, check: DistinctCount, schema: pa.Schema, memory: int, directory: Path | None) -> None:
        super().__init__(lambda rows: in_bounds(self._distinct, check.min, check.max))
        self._columns = [find_column(name, schema, check.label) for name in check.columns]
        for column in self._columns:
            if column.plain_type is None:
                raise _wrong_type(check, column, "single values that can be compared")
        self._keys = UniqueKeys(memory, directory)
        self._lock = Lock()
        self._distinct = 0

    def add(self, batch: pa.RecordBatch) -> None:
        keys, _ = key_frame([column.plain(batch) for column in self._columns])
        repeats = self._keys.repeats(keys) if len(keys) else None
        with self._lock:
            self._distinct += len(keys) - (0 if repeats is None else int(repeats.sum()))

    def close(self) -> None:
        self._keys.close()


def in_bounds(number: int, low: int | None, high: int | None) -> Finding:
    """Is a count between two others?"""
    passes = (low is None or number >= low) and (high is None or number <= high)
    return Finding(passes, f"{number:,}", _between(low, high))


def _between(low: object, high: object) -> str:
    bounds: Sequence[tuple[str, object]] = (("at least", low), ("at most", high))
    return " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)


def _wrong_type(check: TableCheck, column: Column, wanted: str) -> ConfigError:
    return ConfigError(
        f"The check needs {wanted}; {column.name!r} is {type_name(column.type)}.",
        place=check.label,
        remedy="Declare another type for the column, or check another column.",
    )
