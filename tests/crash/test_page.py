"""The page about crashes is what the matrix gave: all moments and destinations are on it, and failures would be."""

from __future__ import annotations

from .case import Outcome
from .destinations import PLACES
from .matrix import all_cells, label
from .runs import PROJECT
from .table import page

PAGE = PROJECT / "docs" / "explanation" / "crash-matrix.md"
CELLS = all_cells()


def _outcomes() -> dict[str, Outcome]:
    """What a matrix without a failure gives: as many runs as there are crashes, and two more."""
    return {label(cell): Outcome(runs=len(cell[2]) + 2) for cell in CELLS}


def test_the_page_is_that_of_a_matrix_of_today_in_which_everything_passed() -> None:
    assert PAGE.read_text() == page(_outcomes(), CELLS), "run `python -m tests.crash.table`"


def test_a_failure_is_shown_in_its_cell_and_in_the_figures() -> None:
    outcomes = _outcomes()
    outcomes[label(CELLS[0])] = Outcome(3, lost=7, doubled=2, problems=["7 rows lost, 2 too many"])
    shown = page(outcomes, CELLS)
    [line] = [line for line in shown.splitlines() if line.startswith(f"| `{CELLS[0][2][0]}` |")]
    assert line.split("|")[2].strip() == "**failed** r"
    [figures] = [line for line in shown.splitlines() if line.startswith("| killed once |")]
    assert [cell.strip() for cell in figures.split("|")][-4:-1] == ["7", "2", "1"]


def test_every_destination_has_a_column() -> None:
    assert all(f"| {place.name} |" in page(_outcomes(), CELLS) for place in PLACES)
