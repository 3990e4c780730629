"""Runs the whole crash matrix and writes its page: `python -m tests.crash.table docs/explanation/crash-matrix.md`."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .case import Outcome, crash_case
from .destinations import MODES, PLACES
from .matrix import Cell, all_cells, label

_HEAD = """\
# What happens when the process dies

<!-- Written by `python -m tests.crash.table`. -->

A run is killed with `kill -9` at each moment named below, in each write mode, with each destination.
Before it, the destination holds rows of an earlier load;
`full_refresh` replaces them, `append` leaves them as they are.
Then the same command runs again.
The destination is read by somebody who is not Conduit, and its rows are compared with the source's as a multiset:
180 rows in three files, two of them equal.
A third run then has to do what any run does.

A cell is a pass when no row is lost or doubled, nothing but data and commit records is left in the destination,
and the state tells the truth: the killed run is `interrupted`, the next one `ok` or,
where the load had landed, `recovered`.
After each kill and before the next run a reader sees the old rows or the new ones.
The one exception are the moments after `commit.recorded` in an append of several files to a folder:
their renames follow one another, each file is whole, and the old rows are there throughout.
"""
_REJECTS = """\
Seven more lines are in the source: four that no parser can read, three that a check refuses, and of both kinds two
that are equal.
The run is killed between the first rows that are staged and its end.
A cell is a pass when in addition the source is what is in the destination and among the rejects together,
as multisets, the books say so, and nothing hidden is left among the rejects.
After each kill the rejects are visible all or not at all, and never before the rows that were loaded beside them.
"""


def page(outcomes: Mapping[str, Outcome], cells: Sequence[Cell]) -> str:
    """The page in Markdown: the figures, then a row for each moment and a column for each destination."""
    chosen = {
        (rejecting, twice): [cell for cell in cells if (cell[0].rejecting, len(cell[2]) > 1) == (rejecting, twice)]
        for rejecting in (False, True)
        for twice in (False, True)
    }
    parts = [_HEAD, "## In figures", "", _figures(outcomes, chosen), "", "## Killed once", ""]
    parts += [_grid(outcomes, chosen[False, False]), "", "## Killed again by the next run", ""]
    parts += ["The first crash, and where the run after it is killed: in its recovery, or while it loads.", ""]
    parts += [_grid(outcomes, chosen[False, True]), "", "## Rejected rows beside loaded ones", "", _REJECTS]
    parts += [_grid(outcomes, chosen[True, False]), "", _grid(outcomes, chosen[True, True]), ""]
    return "\n".join(parts)


def _figures(outcomes: Mapping[str, Outcome], chosen: Mapping[tuple[bool, bool], Sequence[Cell]]) -> str:
    lines = [
        "| | moments | modes | destinations | cases | runs | rows lost | rows doubled | failed |",
        "|-|" + "-:|" * 8,
    ]
    for (rejecting, twice), cells in chosen.items():
        title = f"killed {'twice' if twice else 'once'}{', with rejects' if rejecting else ''}"
        found = [outcomes[label(cell)] for cell in cells]
        numbers = [len({points for _, _, points in cells}), len(MODES), len(PLACES), len(cells)]
        numbers += [sum(getattr(outcome, name) for outcome in found) for name in ("runs", "lost", "doubled")]
        numbers.append(sum(bool(outcome.problems) for outcome in found))
        lines.append(f"| {title} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    return "\n".join(lines)


def _grid(outcomes: Mapping[str, Outcome], cells: Sequence[Cell]) -> str:
    """`a` and `r`: append and full refresh passed; a dash: this destination does not pass this moment."""
    passed: Counter[tuple[tuple[str, ...], str, str]] = Counter()
    tried = {(points, place.name, mode) for place, mode, points in cells}
    for place, mode, points in cells:
        passed[points, place.name, mode] += not outcomes[label((place, mode, points))].problems
    lines = ["| killed at | " + " | ".join(place.name for place in PLACES) + " |", "|-|" + ":-:|" * len(PLACES)]
    for points in dict.fromkeys(points for _, _, points in cells):
        row = []
        for place in PLACES:
            marks = [
                (mode[0] if mode == "append" else "r") if passed[points, place.name, mode] else "**failed**"
                for mode in MODES
                if (points, place.name, mode) in tried
            ]
            row.append(" ".join(marks) or "–")
        lines.append(f"| `{'`, then `'.join(points)}` | " + " | ".join(row) + " |")
    return "\n".join(["`a`: append, `r`: full refresh, –: not passed by this destination.", "", *lines])


def _run(cell: Cell) -> tuple[str, Outcome]:
    with tempfile.TemporaryDirectory(prefix="conduit-crash-") as folder:
        outcome = crash_case(*cell, Path(folder))
    for problem in outcome.problems:
        print(f"{label(cell)}: {problem}", file=sys.stderr)
    return label(cell), outcome


def main(path: str) -> int:
    """Run all cells and write the page; 1 when a cell failed."""
    cells = all_cells()
    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(pool.map(_run, cells))
    Path(path).write_text(page(outcomes, cells))
    return int(any(outcome.problems for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
