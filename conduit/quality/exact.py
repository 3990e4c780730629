"""Values from a configuration as values of a column, exactly: what cannot be of the column's type is an error."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from conduit.core.types import type_name
from conduit.quality.columns import is_binary, is_text, plain_type_of

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_FRACTION = re.compile(r"(?<=\d)[.,](\d+)")
_OFFSET = re.compile(r"^([+-])(\d\d):?(\d\d)$")
_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400
_MOST_DIGITS = 1000  # more than any type has; "1e999999999" would take a gigabyte as a whole number


class NotOfType(ValueError):
    """The value is not one of the column's type; the message says so in words for the user."""


def exact_scalar(value: object, kind: pa.DataType) -> bool | int | float | str | bytes | Decimal:
    """`value` in the plain form of a column of type `kind`. Raises NotOfType where it is none of its values."""
    kind = stored_type(kind)
    if pa.types.is_boolean(kind):
        return _truth(value, kind)
    if is_text(kind):
        return _text(value, kind)
    if pa.types.is_floating(kind):
        return _float(value, kind)
    if is_binary(plain_type_of(kind)):
        if isinstance(value, str | bytes):
            return value.encode() if isinstance(value, str) else value
        raise _not_of(value, kind)
    number = exact_number(value, kind)
    low, high = number_limits(kind)
    whole = number if isinstance(number, Fraction) and number.denominator == 1 else None
    if whole is None or not low <= whole <= high:
        raise _not_of(value, kind)
    return as_plain(int(whole), kind)


def exact_number(value: object, kind: pa.DataType) -> Fraction | float:
    """`value` on the whole-number scale of an integer, decimal or temporal type; only infinities are floats.

    A decimal counts its last digits, a date its days, a timestamp or time its units. The result need not be whole.
    """
    kind = stored_type(kind)
    if pa.types.is_date(kind):
        return _seconds_since_epoch(value, kind, None) * (Fraction(1, _DAY) if kind == pa.date32() else 1000)
    if pa.types.is_timestamp(kind):
        return _seconds_since_epoch(value, kind, kind.tz) * _PER_SECOND[kind.unit]
    if pa.types.is_time(kind):
        return _seconds_of_day(value, kind) * _PER_SECOND[kind.unit]
    number = _decimal(value, kind)
    if number.is_infinite():
        return float(number)
    return Fraction(number) * (10**kind.scale if pa.types.is_decimal(kind) else 1)


def exact_float(value: object, kind: pa.DataType) -> float:
    """`value` as the nearest float, which is what the same digits in the data became. NaN is not a bound."""
    number = _decimal(value, kind)
    return float(number)


def number_limits(kind: pa.DataType) -> tuple[int, int]:
    """The least and greatest value of an integer, decimal or temporal type, on its whole-number scale."""
    kind = stored_type(kind)
    if pa.types.is_decimal(kind):
        return 1 - 10**kind.precision, 10**kind.precision - 1
    if pa.types.is_unsigned_integer(kind):
        return 0, 2**kind.bit_width - 1
    return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1


def as_plain(number: int, kind: pa.DataType) -> int | Decimal:
    """A whole number of the type's scale as the plain column holds it."""
    kind = stored_type(kind)
    if not pa.types.is_decimal(kind):
        return number
    return Decimal((int(number < 0), tuple(int(digit) for digit in str(abs(number))), -kind.scale))


def stored_type(kind: pa.DataType) -> pa.DataType:
    """The type behind extensions, dictionaries and run-length encoding, with its unit and time zone."""
    if isinstance(kind, pa.BaseExtensionType):
        return stored_type(kind.storage_type)
    return stored_type(kind.value_type) if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind) else kind


def _decimal(value: object, kind: pa.DataType) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise _not_of(value, kind)
    try:
        # repr gives the digits as they were written, where the binary float is only near them.
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise _not_of(value, kind) from None
    if number.is_nan():
        raise NotOfType("NaN is neither more nor less than any value")
    if number.is_finite() and abs(number.adjusted()) > _MOST_DIGITS:
        raise _not_of(value, kind)
    return number


def _float(value: object, kind: pa.DataType) -> float:
    if isinstance(value, float) and math.isnan(value):
        return value
    return exact_float(value, kind)


def _truth(value: object, kind: pa.DataType) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _not_of(value, kind)


def _text(value: object, kind: pa.DataType) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | date):
        # 1.0 and true have several spellings: which of them the text has, only quotes can say.
        raise NotOfType(f"{value!r} is no text; put it in quotes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _seconds_since_epoch(value: object, kind: pa.DataType, zone: str | None) -> Fraction:
    fraction = Fraction(0)
    if isinstance(value, str):
        text, fraction = _without_fraction(value)
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise _not_of(value, kind) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise _not_of(value, kind)
    if zone is None and value.tzinfo is not None:
        raise NotOfType(f"{str(value)!r} has a time zone, the column has none")
    if zone is not None and value.tzinfo is None:
        value = value.replace(tzinfo=_zone(zone))
    since = value.replace(tzinfo=None) - _EPOCH - (value.utcoffset() or timedelta(0))
    return since.days * _DAY + since.seconds + Fraction(since.microseconds, 10**6) + fraction


def _seconds_of_day(value: object, kind: pa.DataType) -> Fraction:
    fraction = Fraction(0)
    if isinstance(value, str):
        text, fraction = _without_fraction(value)
        try:
            value = time.fromisoformat(text)
        except ValueError:
            raise _not_of(value, kind) from None
    if not isinstance(value, time) or value.tzinfo is not None:
        raise _not_of(value, kind)
    return value.hour * 3600 + value.minute * 60 + value.second + Fraction(value.microsecond, 10**6) + fraction


def _without_fraction(text: str) -> tuple[str, Fraction]:
    """Python reads six digits of a second and forgets the rest: take all of them off and keep them exactly."""
    match = _FRACTION.search(text)
    if match is None:
        return text, Fraction(0)
    return text[: match.start()] + text[match.end() :], Fraction(int(match[1]), 10 ** len(match[1]))


def _zone(name: str) -> tzinfo:
    if match := _OFFSET.match(name):
        sign = -1 if match[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(match[2]), minutes=int(match[3])))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise NotOfType(f"the time zone {name!r} is unknown here; give the bound an offset such as +00:00") from None


def _not_of(value: object, kind: pa.DataType) -> NotOfType:
    shown = str(value) if isinstance(value, date | time | Decimal) else repr(value)
    return NotOfType(f"{shown} is no {type_name(kind)}")
