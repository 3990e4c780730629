"""The destinations of the crash tests: how they are configured, and how somebody who is not Conduit reads them."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from .points import AFTER_COMMIT, BEFORE_COMMIT, EXCHANGE, PUBLISHED, RENAMES, TRANSACTION, Steps

Row = tuple[int, str, float, str]
MODES = ("append", "full_refresh")
TABLE = "orders"


@dataclass(frozen=True, slots=True)
class Place:
    """A destination in `lake/`. `several_parts`: a load is several files there. `rejecting`: some rows may not pass."""

    name: str
    type: str
    path: str
    options: str = ""
    several_parts: bool = False
    rejecting: bool = False

    @property
    def is_database(self) -> bool:
        return self.type in ("duckdb", "sqlite")

    @property
    def settings(self) -> str:
        """The destination's options, as they stand in a configuration."""
        return ", ".join([f"path: lake/{self.path}", *([self.options] if self.options else [])])

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    def points(self, mode: str) -> tuple[str, ...]:
        """Every moment at which a run with this destination can be killed, in order."""
        steps = self._steps(mode)
        renames = ("commit.renamed:2",) if self.several_parts and steps is RENAMES else ()
        before = [point for point in BEFORE_COMMIT if not (self.is_database and point == "stage.finished")]
        return (*before, *steps["undecided"], *steps["landing"], *renames, *self._after_commit())

    def landed(self, mode: str, point: str) -> bool:
        """Whether a load that dies at `point` will be, or is, visible."""
        return point in ("commit.renamed:2", *self._steps(mode)["landing"], *self._after_commit())

    def _after_commit(self) -> tuple[str, ...]:
        if not self.rejecting:
            return AFTER_COMMIT
        place = AFTER_COMMIT.index("epoch.published")
        return (*AFTER_COMMIT[:place], PUBLISHED, *AFTER_COMMIT[place:])

    def _steps(self, mode: str) -> Steps:
        if self.is_database:
            return TRANSACTION
        return EXCHANGE if self.is_folder and mode == "full_refresh" else RENAMES

    def rows(self, lake: Path) -> Counter[Row]:
        """What a reader sees now."""
        if self.is_database:
            return Counter(_DATABASES[self.type](lake / self.path))
        return Counter(row for file in self.data_files(lake) for row in _FORMATS[self.type](file))

    def data_files(self, lake: Path) -> list[Path]:
        """What the widest glob finds: everything with the format's ending, in hidden folders as well."""
        if self.is_folder:
            return sorted((lake / self.path).rglob(f"*.{'jsonl' if self.type == 'json' else self.type}"))
        stem, _, ending = self.path.partition(".")
        return sorted(lake.rglob(f"{stem}*.{ending}"))

    def strays(self, lake: Path) -> list[str]:
        """What a load has left behind that is neither data nor a commit record."""
        # What DuckDB has committed stays in its log until somebody opens the database to write.
        data = {self.path, f"{self.path}.wal"} if self.is_database else set()
        data |= {str(file.relative_to(lake)) for file in self.data_files(lake) if not self.is_database}
        found = [str(file.relative_to(lake)) for file in lake.rglob("*") if file.is_file() or _is_swapped(file)]
        left = [name for name in found if name not in data and not name.endswith(".commit")]
        left += [name for name in data if "/." in f"/{name}"]
        if self.type == "duckdb" and (lake / self.path).exists():
            with duckdb.connect(str(lake / self.path), read_only=True) as connection:
                tables = connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()
            left += [name for (name,) in tables if name not in (TABLE, "_conduit_commits")]
        return left


def _is_swapped(path: Path) -> bool:
    return path.is_dir() and path.name.startswith(".") and path.suffix in (".new", ".old")


def _parquet(file: Path) -> Iterator[Row]:
    folders = dict(part.split("=", 1) for part in file.parent.parts if "=" in part)
    for row in pq.ParquetFile(file).read().to_pylist():
        yield row["id"], row["name"], row["amount"], row.get("kind") or folders["kind"]


def _csv(file: Path) -> Iterator[Row]:
    with file.open(newline="") as opened:
        for row in csv.DictReader(opened):
            yield int(row["id"]), row["name"], float(row["amount"]), row["kind"]


def _json(file: Path) -> Iterator[Row]:
    text = file.read_text()
    for row in json.loads(text) if text.startswith("[") else map(json.loads, text.splitlines()):
        yield row["id"], row["name"], row["amount"], row["kind"]


def _duckdb(file: Path) -> list[Row]:
    if not file.exists():
        return []
    with duckdb.connect(str(file), read_only=True) as connection:
        if (TABLE,) not in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            return []
        rows: list[Row] = connection.sql(f"SELECT id, name, amount, kind FROM {TABLE}").fetchall()
        return rows


def _sqlite(file: Path) -> list[Row]:
    if not file.exists() or not os.path.getsize(file):
        return []
    connection = sqlite3.connect(file)
    try:
        return connection.execute(f"SELECT id, name, amount, kind FROM {TABLE}").fetchall()
    finally:
        connection.close()


_FORMATS: dict[str, Callable[[Path], Iterator[Row]]] = {"parquet": _parquet, "csv": _csv, "json": _json}
_DATABASES: dict[str, Callable[[Path], list[Row]]] = {"duckdb": _duckdb, "sqlite": _sqlite}

PLACES = (
    Place("parquet folder", "parquet", "out/", "max_file_rows: 70", several_parts=True),
    Place("parquet, hive folders", "parquet", "out/", "partition_by: [kind]", several_parts=True),
    Place("parquet file", "parquet", "out.parquet"),
    Place("csv folder", "csv", "out/", "max_file_rows: 70", several_parts=True),
    Place("csv file", "csv", "out.csv"),
    Place("json folder", "json", "out/", "max_file_rows: 70", several_parts=True),
    Place("json file", "json", "out.json"),
    Place("duckdb", "duckdb", "out.duckdb"),
    Place("sqlite", "sqlite", "out.sqlite"),
)
