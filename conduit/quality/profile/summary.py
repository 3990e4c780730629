"""What a profile says in the end: plain values for manifests, reports and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pyarrow as pa

from conduit.core.types import type_name
from conduit.quality.columns import is_text
from conduit.quality.exact import as_plain, stored_type
from conduit.quality.profile.ends import Ends
from conduit.quality.profile.figures import Figures
from conduit.quality.profile.numbers import Extent, Number, is_profiled
from conduit.quality.profile.plain import Plain, cut, plain_number, plain_values
from conduit.quality.profile.settings import ProfileSettings

MOST_FREQUENT = 10
MASKED = "***"


@dataclass(frozen=True, slots=True)
class FrequentValue:
    """`count` of the values that were looked at, `share` of them: a lower bound, by the column's `frequent_error`."""

    value: Plain
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of what was written.

    Exact over all rows: `null_count`, `nan_count`, and of all but text and bytes `min`, `max`, `mean` (of floats: to
    rounding). From `looked_rows` values, and exact where that is all that are neither NULL nor NaN: of text and bytes
    `min`, `max`, `min_length`, `max_length`, and of all types `distinct_estimate`, scaled up to all rows, and
    `most_frequent`, whose shares lack `frequent_error` at most. Absent (None or empty) is what the column's type does
    not have, what no value gives, and what is masked.
    """

    name: str
    type: str
    null_count: int
    nan_count: int = 0
    min: Plain = None
    max: Plain = None
    mean: Plain = None
    min_length: int | None = None
    max_length: int | None = None
    distinct_estimate: int | None = None
    most_frequent: tuple[FrequentValue, ...] = ()
    frequent_error: float = 0.0
    looked_rows: int = 0
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns of what was written, in their order, and its first and last rows as a sample."""

    rows: int
    columns: tuple[ColumnSummary, ...]
    first_rows: tuple[tuple[Plain, ...], ...] = ()
    last_rows: tuple[tuple[Plain, ...], ...] = ()

    def column(self, name: str) -> ColumnSummary:
        """The column of that name. Raises KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return asdict(self)


def summary_of(
    schema: pa.Schema,
    columns: Sequence[Figures],
    rows: int,
    ends: Ends,
    settings: ProfileSettings,
    secrets: tuple[str, ...],
) -> Profile:
    """The profile as it is shown: without the values of masked columns, and with no secret in any text."""
    summaries = tuple(
        _column(field, column, field.name in settings.mask, secrets)
        for field, column in zip(schema, columns, strict=True)
    )
    masked = [summary.masked for summary in summaries]
    first, last = (
        tuple(
            tuple(
                MASKED if hide and value is not None else _shown(value, secrets)
                for value, hide in zip(row, masked, strict=True)
            )
            for row in sample
        )
        for sample in (ends.first, ends.last)
    )
    return Profile(rows, summaries, first, last)


def _column(field: pa.Field, column: Figures, masked: bool, secrets: tuple[str, ...]) -> ColumnSummary:
    kind = stored_type(field.type)
    if not is_profiled(kind):
        return ColumnSummary(field.name, type_name(field.type), column.extent.nulls, masked=masked)
    low, high, mean = (None, None, None) if masked else _range(kind, column)
    frequent = () if masked else column.top
    return ColumnSummary(
        name=field.name,
        type=type_name(field.type),
        null_count=column.extent.nulls,
        nan_count=column.extent.nans,
        min=_shown(low, secrets),
        max=_shown(high, secrets),
        mean=mean,
        min_length=column.span.shortest,
        max_length=column.span.longest,
        distinct_estimate=column.distinct,
        most_frequent=tuple(
            FrequentValue(_shown(value, secrets), count, count / column.looked) for value, count in frequent
        ),
        frequent_error=column.missed / column.looked if column.looked else 0.0,
        looked_rows=column.looked,
        masked=masked,
    )


def _range(kind: pa.DataType, column: Figures) -> tuple[Plain, Plain, Plain]:
    span, extent = column.span, column.extent
    if span.low is not None and span.high is not None:
        return _text(span.low, kind), _text(span.high, kind), None
    if extent.low is None or extent.high is None:
        return None, None, None
    return _value(extent.low, kind), _value(extent.high, kind), _mean(kind, extent)


def _text(value: bytes, kind: pa.DataType) -> Plain:
    return cut(value.decode("utf-8", "ignore")) if is_text(kind) else cut(value.hex())


def _value(value: Number, kind: pa.DataType) -> Plain:
    """The value of that place on the type's scale."""
    if pa.types.is_boolean(kind):
        return bool(value)
    if isinstance(value, float):
        return plain_number(value)
    if pa.types.is_decimal(kind):
        return f"{as_plain(value, kind):f}"
    if pa.types.is_temporal(kind):
        whole = pa.int64() if kind.bit_width == 64 else pa.int32()
        return plain_values(pa.array([value], whole).view(kind))[0]
    return value


def _mean(kind: pa.DataType, extent: Extent) -> Plain:
    if pa.types.is_temporal(kind) or pa.types.is_boolean(kind):
        return None
    if isinstance(extent.total, float):
        return plain_number((extent.total + extent.lost) / extent.count)
    if not pa.types.is_decimal(kind):
        return extent.total / extent.count
    return decimal_text(Fraction(extent.total, extent.count) / Fraction(10) ** kind.scale, kind.scale + 6)


def decimal_text(number: Fraction, places: int) -> str:
    """A fraction as decimal text with so many places at most, rounded half to even."""
    with localcontext() as context:
        context.prec = 200
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        text = f"{round(exact, max(places, 0)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(value: Plain, secrets: tuple[str, ...]) -> Plain:
    """The value, unless a secret is in it."""
    return MASKED if value is not None and any(secret in str(value) for secret in secrets) else value
