"""The crash matrix as data: every point, mode and destination, and the part of it that runs by default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .destinations import MODES, PLACES, Place
from .points import recovery_points

FIRST_CRASHES = frozenset({
    "stage.batch:2", "epoch.intended", "commit.recorded", "commit.renamed", "commit.after", "epoch.published",
})  # fmt: skip

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
        if first in FIRST_CRASHES:
            for second in recovery_points(first, place.landed(mode, first)):
                yield place, mode, (first, second)
        if first == "epoch.intended":
            for second in place.points(mode):
                if second.startswith(("stage", "commit", "epoch")):
                    yield place, mode, (first, second)
        if first in ("commit.after", "epoch.confirmed"):
            yield place, mode, (first, "resource.finished")
            yield place, mode, (first, "run.finished")


def dose(cells: Sequence[Cell]) -> list[Cell]:
    """One cell for every point, by a fixed rule: where and how is what has come up least often so far."""
    taken: Counter[tuple[str, str]] = Counter()
    chosen = []
    for points in dict.fromkeys(points for _, _, points in cells):
        there = [cell for cell in cells if cell[2] == points]
        place, mode, _ = min(there, key=lambda cell: taken[cell[0].name, cell[1]])
        taken[place.name, mode] += 1
        chosen.append((place, mode, points))
    return chosen


def label(cell: Cell) -> str:
    place, mode, points = cell
    return f"{place.name}-{mode}-{'-'.join(points)}".replace(" ", "_").replace(",", "")
