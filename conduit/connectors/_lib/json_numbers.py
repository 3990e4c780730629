"""What a number's text loses when it becomes a float64, a decimal or an integer."""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation

MAX_DIGITS = 76

# Arrow's cast to decimal crashes on an exponent near the edge of an int32.
_EXPONENT = re.compile(r"[eE][+-]?0*[0-9]{4}")
_WIDE = Context(prec=800)


def digits_of(text: str) -> tuple[int, int] | None:
    """Digits before and after the point of a number, written out; None when they are more than a decimal holds."""
    if _EXPONENT.search(text) or len(text) > 400:
        return None
    _, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    whole, fraction = max(len(digits) + exponent, 0), max(-exponent, 0)
    return (whole, fraction) if whole + fraction <= MAX_DIGITS else None


def keeps_digits(text: str) -> bool:
    """Whether the float64 nearest to a number still shows all the digits that were written.

    A float64 that was printed, in its shortest form or with any number of digits, does; 12345678901234567.89 does not.
    """
    if len(text) <= 15 and "e" not in text and "E" not in text:
        return True
    try:
        written = _WIDE.create_decimal(text)
        value = float(text)
        if value in (float("inf"), float("-inf")):
            return False
        if Decimal(repr(value)) == written:
            return True
        shown = Context(prec=max(len(written.as_tuple().digits), 1)).create_decimal(Decimal(value))
    except InvalidOperation:
        return False
    return shown == written


def decimal_safe(text: str) -> bool:
    """Whether Arrow may be asked to cast this text to a decimal at all."""
    return not _EXPONENT.search(text)
