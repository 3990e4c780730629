"""A replay that dies at any moment neither loses a reject nor loads one twice: one more replay ends it.

By default a part of the cases runs; all of them with `-m slow`.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from .runs import conduit_run

REPLAY = ("dlq", "replay", "orders")
BEFORE = ("run.begun", "lease.taken", "resource.begun", "resource.scanned", "session.begun", "epoch.begun",
          "slice.batch", "stage.batch", "slice.staged", "dlq.staged", "epoch.staged", "epoch.intended",
          "commit.before")  # fmt: skip
AFTER = ("commit.after", "epoch.committed", "dlq.published", "epoch.published", "epoch.confirmed",
         "resource.finished", "run.finished")  # fmt: skip
TWICE = (
    ("epoch.intended", "recovery.begun"), ("epoch.intended", "recovery.aborted"), ("epoch.intended", "commit.after"),
    ("commit.after", "recovery.found"), ("commit.after", "recovery.published"), ("commit.after", "recovery.settled"),
    ("epoch.published", "recovery.begun"), ("epoch.confirmed", "run.begun"),
)  # fmt: skip
SLOW = pytest.mark.slow
PLACES = {"duckdb": "type: duckdb, path: out.duckdb", "parquet": "type: parquet, path: out/"}
CASES = [(place, points) for points in (*((p,) for p in (*BEFORE, *AFTER)), *TWICE) for place in PLACES]
# Around the commit, and what the next run finds; the places take turns.
BY_DEFAULT = [
    ("duckdb", ("epoch.begun",)), ("parquet", ("slice.batch",)), ("duckdb", ("epoch.intended",)),
    ("parquet", ("epoch.intended",)), ("duckdb", ("commit.after",)), ("parquet", ("commit.after",)),
    ("duckdb", ("epoch.published",)), ("parquet", ("epoch.confirmed",)), ("duckdb", ("epoch.intended", "commit.after")),
    ("parquet", ("commit.after", "recovery.published")),
]  # fmt: skip
THE_REST = [case for case in CASES if case not in BY_DEFAULT]
GOOD, REPAIRED, BAD = range(10), range(100, 140), range(1000, 1020)


def _configure(folder: Path, place: str, bound: int) -> None:
    check = f"{{column: n, check: range, max: {bound}, action: dlq}}"
    (folder / "ingest.yml").write_text(f"""
sources: [{{name: files, type: csv, path: in.csv, delimiter: ",", header: true, columns: {{n: int64, t: string}}}}]
destinations: [{{name: lake, {PLACES[place]}}}]
resources: [{{name: orders, source: files, destination: lake, mode: append, checks: [{check}]}}]
""")


def _loaded(folder: Path, place: str) -> Counter[int]:
    if place == "parquet":
        files = (folder / "out").glob("*.parquet")
        return Counter(n for file in files for n in pq.ParquetFile(file).read()["n"].to_pylist())
    with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as connection:
        return Counter(n for (n,) in connection.sql("SELECT n FROM orders").fetchall())


def _rejected(folder: Path) -> Counter[int]:
    """Rejects of all runs that somebody sees, replayed ones among them."""
    files = [path for path in (folder / ".conduit" / "dlq").rglob("*.parquet") if path.name[0] != "."]
    return Counter(row["n"] for file in files for row in pq.ParquetFile(file).read()["row"].to_pylist())


def _scene(folder: Path, place: str) -> None:
    shutil.copytree(_first_load(place).name, folder, dirs_exist_ok=True)
    assert _rejected(folder) == Counter((*REPAIRED, *BAD))
    _configure(folder, place, 500)


@cache
def _first_load(place: str) -> tempfile.TemporaryDirectory[str]:
    """A folder in which a load has rejected rows; made once, copied for each case, removed with this process."""
    kept = tempfile.TemporaryDirectory(prefix="conduit-replay-")
    folder = Path(kept.name)
    (folder / "in.csv").write_text("n,t\n" + "".join(f"{n},x\n" for n in (*GOOD, *REPAIRED, *BAD)))
    _configure(folder, place, 50)
    assert conduit_run(folder).status == "ok"
    return kept


def _state(folder: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / ".conduit" / "state.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize(("place", "points"), [*BY_DEFAULT, *(pytest.param(*case, marks=SLOW) for case in THE_REST)])
def test_a_replay_that_is_killed_is_ended_by_the_next(place: str, points: tuple[str, ...], tmp_path: Path) -> None:
    _scene(tmp_path, place)
    landed = False
    for point in points:
        assert conduit_run(tmp_path, command=REPLAY, fault=point).code == -signal.SIGKILL
        landed = landed or point in AFTER
        assert _loaded(tmp_path, place) == Counter((*GOOD, *(REPAIRED if landed else ())))
    second = conduit_run(tmp_path, command=REPLAY)
    books = second.report["accounting"]
    # Of a replay that landed, what it rejected again is left, and is rejected once more.
    assert (books["read"], books["written"], books["rejected"]) == ((20, 0, 20) if landed else (60, 40, 20))
    assert _loaded(tmp_path, place) == Counter((*GOOD, *REPAIRED))
    assert _rejected(tmp_path) == Counter((*REPAIRED, *BAD, *BAD, *(BAD if landed else ())))
    assert list((tmp_path / ".conduit" / "dlq").rglob(".staged-*")) == []
    assert _state(tmp_path, "SELECT count(*) FROM epochs WHERE state IN ('staging', 'intended')") == [(0,)]
    _configure(tmp_path, place, 5000)
    third = conduit_run(tmp_path, command=REPLAY)
    assert third.report["accounting"] == {
        "read": 20, "written": 20, "rejected": 0, "filtered": 0, "deduplicated": 0,
    }  # fmt: skip
    assert _loaded(tmp_path, place) == Counter((*GOOD, *REPAIRED, *BAD))


@pytest.mark.parametrize("point", ["epoch.intended", "commit.after", "epoch.confirmed"])
def test_a_load_settles_a_replay_that_was_killed_and_is_no_continuation_of_it(point: str, tmp_path: Path) -> None:
    _scene(tmp_path, "parquet")
    assert conduit_run(tmp_path, command=REPLAY, fault=point).code == -signal.SIGKILL
    replayed = Counter(REPAIRED) if point != "epoch.intended" else Counter[int]()
    load = conduit_run(tmp_path)
    assert load.status == "ok"
    assert load.report["accounting"]["read"] == 70
    assert _loaded(tmp_path, "parquet") == Counter((*GOOD, *GOOD, *REPAIRED)) + replayed


def test_a_replay_does_not_take_up_a_load_that_was_killed(tmp_path: Path) -> None:
    """The load has landed and never said so: the next load has to find that, whatever came between."""
    _scene(tmp_path, "parquet")
    assert conduit_run(tmp_path, fault="epoch.committed").code == -signal.SIGKILL
    assert conduit_run(tmp_path, command=REPLAY).status == "ok"
    assert conduit_run(tmp_path).status == "recovered"
    assert _loaded(tmp_path, "parquet") == Counter((*GOOD, *GOOD, *REPAIRED, *REPAIRED))
