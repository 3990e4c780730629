"""Types whose values are whole numbers of some unit: integers, decimals, dates, times. What can equal what follows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import pyarrow as pa

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Units:
    """What is counted, and how many units make one: one of a number, one second of anything in time."""

    of: Literal["number", "moment", "instant", "time of day", "duration"]
    per_one: Fraction


def units_of(kind: pa.DataType) -> Units | None:
    """The units of a stored type; None where its values are no whole numbers (floats, text, structs ...)."""
    types = pa.types
    if types.is_integer(kind):
        return Units("number", Fraction(1))
    if types.is_decimal(kind):
        return Units("number", Fraction(10) ** kind.scale)
    if types.is_date32(kind):
        return Units("moment", Fraction(1, _DAY))
    if types.is_date64(kind):
        return Units("moment", Fraction(1000))
    if types.is_timestamp(kind):
        return Units("instant" if kind.tz else "moment", Fraction(_PER_SECOND[kind.unit]))
    if types.is_time(kind):
        return Units("time of day", Fraction(_PER_SECOND[kind.unit]))
    return Units("duration", Fraction(_PER_SECOND[kind.unit])) if types.is_duration(kind) else None
