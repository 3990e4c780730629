"""What the user may say about the profile of a resource."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SAMPLE_ROWS = 100


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """How much the profile shows: so many rows of the beginning and of the end, and no value of the columns in `mask`.

    Figures such as null counts are always there.
    """

    sample_rows: int = 5
    mask: tuple[str, ...] = ()
