"""Killed at any moment, a load is finished or forgotten by the next run: no row is lost, none is there twice.

By default a part of the cells runs, by a fixed rule; all of them with `-m slow`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .case import crash_case
from .matrix import Cell, dose, double_crashes, label, single_crashes

SINGLE = list(single_crashes())
DOUBLE = list(double_crashes())
BY_DEFAULT = [*dose(SINGLE), *dose(DOUBLE)[::8]]
THE_REST = [cell for cell in (*SINGLE, *DOUBLE) if cell not in BY_DEFAULT]


@pytest.mark.parametrize(
    "cell",
    [*BY_DEFAULT, *(pytest.param(cell, marks=pytest.mark.slow) for cell in THE_REST)],
    ids=label,
)
def test_killed_and_run_again_the_rows_are_exactly_those_of_the_source(cell: Cell, tmp_path: Path) -> None:
    place, mode, points = cell
    assert crash_case(place, mode, points, tmp_path).problems == []


def test_the_default_dose_kills_at_every_point_in_every_destination_and_mode() -> None:
    assert {points[0] for _, _, points in BY_DEFAULT} >= {points[0] for _, _, points in SINGLE}
    assert {(place.name, mode) for place, mode, _ in BY_DEFAULT} == {(place.name, mode) for place, mode, _ in SINGLE}
    assert len({points[0].partition(":")[0] for _, _, points in SINGLE}) >= 12
