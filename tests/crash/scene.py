"""A folder with a configuration, a source and a destination that holds rows already: where a crash happens."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from .destinations import TABLE, Place, Row
from .rejects import CHECKS, FAILING, MALFORMED, REJECTED
from .runs import conduit_run

FILES = 3


class Scene:
    """`before` are the rows that an earlier load put there; `source` are those that the runs of the test load.

    `rejected` are the lines of the source that no run loads.
    """

    def __init__(self, place: Place, mode: str, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.lake = folder / "lake"
        self.before = Counter(_rows(1000))
        self.source = Counter[Row]()
        shutil.copytree(_earlier_load(place).name, folder, dirs_exist_ok=True)
        self.configure(mode)
        self.rejected = REJECTED if place.rejecting else Counter[str]()
        self.fill(_rows(1))

    def configure(self, mode: str, *, extra: str = "") -> None:
        checks = CHECKS if self.place.rejecting else ""
        (self.folder / "ingest.yml").write_text(_configuration(self.place, mode, checks + extra))

    def fill(self, rows: list[Row]) -> None:
        """Write the source anew."""
        self.source = Counter(rows)
        _write_source(self.folder, rows, (*MALFORMED, *FAILING) if self.place.rejecting else ())

    def rows(self) -> Counter[Row]:
        return self.place.rows(self.lake)

    def state(self, query: str) -> list[tuple[Any, ...]]:
        """What the state database says."""
        connection = sqlite3.connect(self.folder / ".conduit" / "state.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def other_rows(first: int) -> list[Row]:
    """Rows with ids from `first` on, unlike those of any other load."""
    return _rows(first)


def _rows(first: int) -> list[Row]:
    """180 rows, two of them equal: a multiset, so that a load which removes duplicates is caught as well."""
    rows = [(first + i, f"name, {i}", i * 0.5, "ab"[i % 2]) for i in range(179)]
    return [*rows, rows[0]]


def _write_source(folder: Path, rows: list[Row], rejected: tuple[str, ...] = ()) -> None:
    (folder / "in").mkdir(exist_ok=True)
    size = -(-len(rows) // FILES)
    for number in range(FILES):
        lines = [f'{i},"{n}",{a},{k}' for i, n, a, k in rows[number * size : (number + 1) * size]]
        lines += rejected if number == 1 else ()
        (folder / "in" / f"{number}.csv").write_text("\n".join(["id,name,amount,kind", *lines, ""]))


def _configuration(place: Place, mode: str, extra: str) -> str:
    columns = "{id: int64, name: string, amount: float64, kind: string}"
    return f"""
sources:
  - {{name: files, type: csv, path: in/*.csv, columns: {columns}}}
destinations:
  - {{name: lake, type: {place.type}, {place.settings}}}
resources:
  - {{name: {TABLE}, source: files, destination: lake, mode: {mode}{extra}}}
"""


@cache
def _earlier_load(place: Place) -> tempfile.TemporaryDirectory[str]:
    """A folder in which one load has run; made once, copied for each case, removed with this process."""
    kept = tempfile.TemporaryDirectory(prefix="conduit-crash-")
    folder = Path(kept.name)
    _write_source(folder, _rows(1000))
    (folder / "ingest.yml").write_text(_configuration(place, "append", ""))
    run = conduit_run(folder)
    assert run.status == "ok", run
    shutil.rmtree(folder / "in")
    return kept
