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
from .matrix import Cell, double_crashes, label, single_crashes

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


def page(outcomes: Mapping[str, Outcome], cells: Sequence[Cell]) -> str:
    """The page in Markdown: the figures, then a row for each moment and a column for each destination."""
    single = [cell for cell in cells if len(cell[2]) == 1]
    double = [cell for cell in cells if len(cell[2]) > 1]
    parts = [_HEAD, "## In figures", "", _figures(outcomes, single, double), "", "## Killed once", ""]
    parts += [_grid(outcomes, single), "", "## Killed again by the next run", ""]
    parts += ["The first crash, and where the run after it is killed: in its recovery, or while it loads.", ""]
    parts += [_grid(outcomes, double), ""]
    return "\n".join(parts)


def _figures(outcomes: Mapping[str, Outcome], single: Sequence[Cell], double: Sequence[Cell]) -> str:
    lines = [
        "| | moments | modes | destinations | cases | runs | rows lost | rows doubled | failed |",
        "|-|" + "-:|" * 8,
    ]
    for title, cells in (("killed once", single), ("killed twice", double)):
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
    cells = [*single_crashes(), *double_crashes()]
    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(pool.map(_run, cells))
    Path(path).write_text(page(outcomes, cells))
    return int(any(outcome.problems for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
