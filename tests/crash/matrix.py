"""The crash matrix as data: every point, mode and destination, and the part of it that runs by default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .destinations import MODES, PLACES, Place
from .points import BETWEEN_COMMITS_FROM, PUBLISHED, recovery_points

FIRST_CRASHES = frozenset({
    "stage.batch:2", "epoch.intended", "commit.recorded", "commit.renamed", "commit.after", "epoch.published",
})  # fmt: skip

FIRST_CRASHES_WITH_REJECTS = frozenset({"dlq.staged", "epoch.intended", "epoch.committed", PUBLISHED})

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


def single_crashes_with_rejects() -> Iterator[Cell]:
    """Some rows are rejected, and the run is killed between the first that is staged and its end."""
    for place in (replace(place, rejecting=True) for place in PLACES):
        for mode in MODES:
            points = place.points(mode)
            for point in points[points.index(BETWEEN_COMMITS_FROM) :]:
                yield place, mode, (point,)


def double_crashes_with_rejects() -> Iterator[Cell]:
    """The run that follows is killed in its recovery, or as it publishes the rejects itself."""
    for place, mode, (first,) in single_crashes_with_rejects():
        if first in FIRST_CRASHES_WITH_REJECTS:
            landed = place.landed(mode, first)
            for second in (*recovery_points(first, landed), PUBLISHED):
                yield place, mode, (first, second)


def all_cells() -> list[Cell]:
    """The whole matrix."""
    return [
        *single_crashes(),
        *double_crashes(),
        *single_crashes_with_rejects(),
        *double_crashes_with_rejects(),
    ]


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
    rejects = "-with_rejects" if place.rejecting else ""
    return f"{place.name}{rejects}-{mode}-{'-'.join(points)}".replace(" ", "_").replace(",", "")
