"""What each of some texts could be besides text: an integer, a date, a point in time; whole columns at a time."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null

Kinds: TypeAlias = "np.ndarray[Any, np.dtype[np.int8]]"


class Kind(IntEnum):
    """The narrowest that a text can be. FINE ones have more than six digits behind the second."""

    TEXT = 0
    BOOL = 1
    INTEGER = 2
    LONG_INTEGER = 3
    REAL = 4
    NOT_FINITE = 5
    DATE = 6
    MOMENT = 7
    FINE_MOMENT = 8
    ZONED = 9
    FINE_ZONED = 10
    TIME = 11
    FINE_TIME = 12


NUMBERS = frozenset({Kind.INTEGER, Kind.LONG_INTEGER, Kind.REAL, Kind.NOT_FINITE})
MOMENTS = frozenset({Kind.DATE, Kind.MOMENT, Kind.FINE_MOMENT})
ZONED_MOMENTS = frozenset({Kind.ZONED, Kind.FINE_ZONED})
TIMES = frozenset({Kind.TIME, Kind.FINE_TIME})

# Text that reads as a number but is none: leading zeros ("007"), hexadecimal, a plus sign.
NO_NUMBER = r"^(?:[+-]?0\d|0[xX]|\+)"
_DAY = r"\d{4}-\d\d-\d\d"
_ZONE = r"(?:Z|[+-]\d[0-9:]*)"
# Tried in this order: how it looks, and the type that has to take it (None: looks are enough).
_LOOKS: tuple[tuple[Kind, str, pa.DataType | None], ...] = (
    (Kind.INTEGER, r"^-?\d+$", pa.int64()),
    (Kind.LONG_INTEGER, r"^-?\d+$", None),
    (Kind.REAL, r"^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$", pa.float64()),
    (Kind.NOT_FINITE, r"^-?(?i:nan|inf|infinity)$", pa.float64()),
    (Kind.BOOL, r"^(?i:true|false)$", None),
    (Kind.DATE, rf"^{_DAY}$", pa.date32()),
    (Kind.MOMENT, rf"^{_DAY}[ T][0-9:.]+$", pa.timestamp("us")),
    (Kind.FINE_MOMENT, rf"^{_DAY}[ T][0-9:.]+$", pa.timestamp("ns")),
    (Kind.ZONED, rf"^{_DAY}[ T][0-9:.]+{_ZONE}$", pa.timestamp("us", "UTC")),
    (Kind.FINE_ZONED, rf"^{_DAY}[ T][0-9:.]+{_ZONE}$", pa.timestamp("ns", "UTC")),
    (Kind.TIME, r"^\d\d:[0-9:.]+$", pa.time64("us")),
    (Kind.FINE_TIME, r"^\d\d:[0-9:.]+$", pa.time64("ns")),
)


def kinds_of(texts: pa.Array) -> Kinds:
    """The Kind of each text, which has no blanks around it and is not NULL."""
    kinds = np.zeros(len(texts), np.int8)
    left = np.arange(len(texts))
    no_number = _true(pc.match_substring_regex(texts, NO_NUMBER))
    for kind, looks, type_ in _LOOKS:
        found = _true(pc.match_substring_regex(texts, looks))
        if kind in NUMBERS:
            found &= ~no_number
        if type_ is not None and found.any():
            places = np.flatnonzero(found)
            taken = _true(cast_or_null(texts.take(pa.array(places)), type_).is_valid())
            found[places[~taken]] = False
        if found.any():
            kinds[left[found]] = kind
            left, no_number = left[~found], no_number[~found]
            texts = texts.filter(pa.array(~found))
        if not len(left):
            break
    return kinds


def _true(mask: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found: np.ndarray[Any, np.dtype[np.bool_]] = mask.to_numpy(zero_copy_only=False).astype(np.bool_)
    return found
