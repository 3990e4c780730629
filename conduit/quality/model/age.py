"""Ages as people write them: "24h", "2 days", "1d 12h", "90 minutes"."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

_PIECE = re.compile(r"\s*(\d{1,12}(?:\.\d{1,9})?)\s*([a-z]+)\s*", re.IGNORECASE)
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}


def parse_age(text: str) -> timedelta:
    """The length of time that `text` names, to the microsecond. Raises ValueError."""
    seconds, place = Fraction(0), 0
    while place < len(text):
        piece = _PIECE.match(text, place)
        unit = _SECONDS.get(piece[2].lower()) if piece else None
        if piece is None or unit is None:
            break
        seconds += Fraction(piece[1]) * unit
        place = piece.end()
    if not seconds or place < len(text):
        raise ValueError('is not an age: write a text such as "24h", "2 days" or "1d 12h"')
    try:
        return timedelta(microseconds=int(seconds * 10**6))
    except OverflowError:
        raise ValueError("is longer than time has lasted") from None


def age_text(age: timedelta) -> str:
    """An age for a person, in its two largest units: "1d 4h", "35s"."""
    rest = int(abs(age).total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
