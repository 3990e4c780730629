"""Sizes as people write them: "512MB", "1.5 GiB", 268435456."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

_SIZE = re.compile(r"^(\d{1,15}(?:\.\d{1,6})?)\s*(?:([kmgt])(i?)b|b)?$", re.IGNORECASE)
_POWER = {"k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(value: object) -> int:
    """Bytes of a size: KB, MB, GB, TB count in thousands, KiB, MiB, GiB, TiB in 1,024s. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is not a size: write a number of bytes, or a text such as "512MB" or "2GiB"')
    number, unit, binary = match.groups()
    power = _POWER[unit.lower()] if unit else 0
    factor: int = (1024 if binary else 1000) ** power
    return round(float(number) * factor)


def size_text(size: int) -> int | str:
    """The shortest way to write a number of bytes that `parse_size` reads back exactly."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor and size % factor == 0:
            return f"{size // factor}{unit}"
    return size


Size: TypeAlias = Annotated[int, BeforeValidator(parse_size)]
