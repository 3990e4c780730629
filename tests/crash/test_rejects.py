"""Rejected rows share the fate of their load: source = destination + rejects, as multisets, whenever it dies.

By default a part of the cells runs, by a fixed rule; all of them with `-m slow`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .case import crash_case
from .matrix import Cell, dose, double_crashes_with_rejects, label, single_crashes_with_rejects

SINGLE = list(single_crashes_with_rejects())
DOUBLE = list(double_crashes_with_rejects())
BY_DEFAULT = [*dose(SINGLE), *dose(DOUBLE)[::4]]
THE_REST = [cell for cell in (*SINGLE, *DOUBLE) if cell not in BY_DEFAULT]


@pytest.mark.parametrize(
    "cell",
    [*BY_DEFAULT, *(pytest.param(cell, marks=pytest.mark.slow) for cell in THE_REST)],
    ids=label,
)
def test_a_row_is_in_the_destination_or_among_the_rejects_and_never_in_both_or_twice(
    cell: Cell, tmp_path: Path
) -> None:
    place, mode, points = cell
    assert crash_case(place, mode, points, tmp_path).problems == []


def test_the_default_dose_kills_at_every_point_between_the_commits_and_in_every_destination() -> None:
    assert {points for _, _, points in BY_DEFAULT} >= {points for _, _, points in SINGLE}
    assert {place.name for place, _, _ in BY_DEFAULT} == {place.name for place, _, _ in SINGLE}
