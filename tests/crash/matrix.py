"""The crash matrix as data: every point, mode and destination, and the part of it that runs by default."""

from __future__ import annotations

from collections.abc import Iterator

from .destinations import MODES, PLACES, Place
from .points import recovery_points

Cell = tuple[Place, str, tuple[str, ...]]


def single_crashes() -> Iterator[Cell]:
    """Each run is killed once."""
    for place in PLACES:
        for mode in MODES:
            for point in place.points(mode):
                yield place, mode, (point,)


def double_crashes() -> Iterator[Cell]:
    """The run that follows is killed as well: in its recovery, or later."""
    for place, mode, (first,) in single_crashes():
        landed = place.landed(mode, first)
        for second in recovery_points(first, landed):
            yield place, mode, (first, second)
        if first in ("stage.batch:2", "epoch.intended"):
            for second in place.points(mode):
                if second.startswith(("stage", "commit", "epoch")):
                    yield place, mode, (first, second)
        if first in ("commit.after", "epoch.confirmed"):
            yield place, mode, (first, "resource.finished")
            yield place, mode, (first, "run.finished")


def dose(cells: list[Cell], share: int) -> list[Cell]:
    """One cell in `share`, by a fixed rule: every point comes up, with destinations and modes by turns."""
    return [cell for number, cell in enumerate(sorted(cells, key=_by_point)) if number % share == 0]


def label(cell: Cell) -> str:
    place, mode, points = cell
    return f"{place.name}-{mode}-{'-'.join(points)}".replace(" ", "_").replace(",", "")


def _by_point(cell: Cell) -> tuple[tuple[str, ...], int]:
    place, mode, points = cell
    # Turned a little further with each point, so that a share of the cells is not always the same destination's.
    return points, (PLACES.index(place) * len(MODES) + MODES.index(mode) + sum(map(len, points))) % 18
