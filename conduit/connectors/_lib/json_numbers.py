"""What a number's text loses when it becomes a float64, a decimal or an integer."""

from __future__ import annotations

import re
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

MAX_DIGITS = 76

# Arrow's cast to decimal crashes on an exponent near the edge of an int32.
_EXPONENT = re.compile(r"[eE][+-]?0*[1-9][0-9]{3}")
_WIDE = Context(prec=800)


def digits_of(text: str) -> tuple[int, int] | None:
    """Digits before and after the point of a number, written out; None when they are more than a decimal holds."""
    if len(text) < 16 and "e" not in text and "E" not in text:
        whole_part, _, fraction_part = text.lstrip("-").partition(".")
        return len(whole_part), len(fraction_part)
    if not decimal_safe(text) or len(text) > 400:
        return None
    _, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    whole, fraction = max(len(digits) + exponent, 0), max(-exponent, 0)
    return (whole, fraction) if whole + fraction <= MAX_DIGITS else None


def decimal_safe(text: str) -> bool:
    """Whether Arrow may be asked to cast this text to a decimal at all."""
    return not _EXPONENT.search(text)


def all_decimal_safe(texts: pa.Array) -> bool:
    """`decimal_safe` for a column of text; nulls are."""
    return not pc.any(pc.match_substring_regex(texts, _EXPONENT.pattern)).as_py()


def keeps_digits(text: str) -> bool:
    """Whether the float64 nearest to a number still shows all the digits that were written.

    A float64 that was printed, in its shortest form or with any number of digits, does; 12345678901234567.89 does not.
    """
    if len(text) <= 15 and "e" not in text and "E" not in text:
        return True
    value = float(text)
    try:
        written = _WIDE.create_decimal(text)
        if Decimal(repr(value)) == written:
            return True
        return Context(prec=max(len(written.as_tuple().digits), 1)).create_decimal(Decimal(value)) == written
    except ArithmeticError:  # digits or an exponent beyond what even a Decimal holds
        return False


def all_keep_digits(texts: pa.Array) -> bool:
    """`keeps_digits` for a column of numbers written as text; nulls do."""
    suspects = texts.filter(pc.or_(pc.greater(pc.binary_length(texts), 15), pc.match_substring_regex(texts, "[eE]")))
    if not len(suspects):
        return True
    import polars as pl

    # A float that was printed in its shortest form is the common case, and Polars prints that form.
    shortest = pl.Series(pl.from_arrow(suspects.cast(pa.float64()))).cast(pl.String).to_arrow()
    differing = suspects.filter(pc.not_equal(suspects, shortest.cast(suspects.type)))
    return all(keeps_digits(text) for text in differing.to_pylist())
