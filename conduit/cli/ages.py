"""Ages as a person writes and reads them: `30d`, `12h`; `3 days ago`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from conduit.errors import UsageError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def parse_age(text: str) -> timedelta:
    """The time that `30d`, `12h`, `90m` or `2w` means. Raises UsageError."""
    match = re.fullmatch(r"(\d{1,6})\s*([mhdw])", text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is no age.", remedy="Write a number and m, h, d or w, such as 30d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def age_text(since: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits: `3 days`, `2 hours`, `now`."""
    seconds = (now - since).total_seconds()
    for unit, size in _STEPS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"
    return "now"
