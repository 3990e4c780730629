"""A rename is guessed by what columns hold, so that what is alike must score high, what is not low, and none fail."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from conduit.plan.likeness import likeness_of
from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.settings import ProfileSettings

ROWS = 1_000
COLUMNS: dict[str, list[Any]] = {
    "countries": ["DE", "FR", "NO", None] * (ROWS // 4),
    "lands": ["DE", "NO", "FR", None] * (ROWS // 4),
    "colours": ["red", "green", "blue", "white"] * (ROWS // 4),
    "ids": list(range(ROWS)),
    "more_ids": list(range(50, ROWS + 50)),
    "years": [2000 + row % 20 for row in range(ROWS)],
    "names": [f"name {row}" for row in range(ROWS)],
    "nothing": [None] * ROWS,
}


def _profile(columns: dict[str, list[Any]] = COLUMNS, settings: ProfileSettings | None = None) -> dict[str, Any]:
    batch = pa.RecordBatch.from_pydict(columns)
    profiler = Profiler(batch.schema, settings or ProfileSettings())
    profiler.look(batch)
    return profiler.profile().as_dict()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_entirely_like_itself(name: str) -> None:
    alike = likeness_of(_profile(), _profile())
    assert alike is not None
    assert alike(name, name) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [("countries", "lands", "colours"), ("ids", "more_ids", "years"), ("ids", "more_ids", "countries")],
)
def test_values_of_a_kind_are_liker_than_others(old: str, new: str, other: str) -> None:
    alike = likeness_of(_profile(), _profile())
    assert alike is not None
    assert alike(old, new) > 0.85 > 0.7 > alike(old, other) >= 0


def test_dates_and_decimals_are_compared_as_what_they_are() -> None:
    from datetime import date, timedelta
    from decimal import Decimal

    days = [date(2024, 1, 1) + timedelta(days=row) for row in range(200)]
    columns: dict[str, list[Any]] = {
        "day": days,
        "next": [day + timedelta(days=1) for day in days],
        "past": [day - timedelta(days=9_000) for day in days],
        "price": [Decimal(row).scaleb(-2) for row in range(200)],
        "cost": [Decimal(row + 3).scaleb(-2) for row in range(200)],
    }
    alike = likeness_of(_profile(columns), _profile(columns))
    assert alike is not None
    assert alike("day", "next") > 0.95 > 0.75 > alike("day", "past")
    assert alike("price", "cost") > 0.95


def test_what_is_masked_is_not_told_by_its_likeness() -> None:
    """Figures about all values count, values themselves do not."""
    hidden = _profile(settings=ProfileSettings(mask=("countries", "lands", "colours")))
    alike = likeness_of(hidden, _profile())
    assert alike is not None
    assert 0 <= alike("countries", "lands") <= 1
    assert alike("countries", "lands") == pytest.approx(alike("lands", "lands"), abs=0.05)


def test_without_a_profile_or_a_row_there_is_nothing_to_say() -> None:
    empty = _profile({name: values[:0] for name, values in COLUMNS.items() if name != "nothing"})
    assert likeness_of(None, _profile()) is None
    assert likeness_of(_profile(), empty) is None
    alike = likeness_of(_profile(), _profile())
    assert alike is not None
    assert alike("countries", "unheard of") == 0.0
