"""Two systems, no commit in common: after any crash both have their rows of a load, or neither has, and once.

By default a part of the cases runs; all of them with `-m slow`.
"""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from .runs import conduit_run

POINTS = (
    "slice.batch", "dlq.staged", "rejects.staged", "epoch.staged", "epoch.intended", "commit.before", "commit.after",
    "epoch.committed", "commit.before:2", "commit.after:2", "rejects.committed", "epoch.published", "epoch.confirmed",
    "run.finished",
)  # fmt: skip
TWICE = (
    ("rejects.staged", "recovery.aborted"), ("epoch.committed", "recovery.found"),
    ("epoch.committed", "rejects.staged"), ("epoch.committed", "rejects.committed"),
    ("rejects.committed", "recovery.published"), ("commit.before:2", "commit.after"),
)  # fmt: skip
SLOW = pytest.mark.slow
CASES = [(at, points) for points in (*((p,) for p in POINTS), *TWICE) for at in ("rejects.duckdb", "out.duckdb")]
# Between the two commits, and what the next run finds; the places take turns.
BY_DEFAULT = [
    ("rejects.duckdb", ("rejects.staged",)), ("out.duckdb", ("epoch.intended",)), ("rejects.duckdb", ("commit.after",)),
    ("out.duckdb", ("epoch.committed",)), ("rejects.duckdb", ("rejects.committed",)),
    ("out.duckdb", ("rejects.committed",)), ("rejects.duckdb", ("epoch.committed", "rejects.committed")),
    ("out.duckdb", ("rejects.staged", "recovery.aborted")),
]  # fmt: skip
THE_REST = [case for case in CASES if case not in BY_DEFAULT]
GOOD, BAD = range(10), range(1000, 1020)


def _scene(folder: Path, rejects: str) -> None:
    (folder / "in.csv").write_text("n\n" + "".join(f"{n}\n" for n in (*GOOD, *BAD)))
    check = "{column: n, check: range, max: 50, action: dlq}"
    (folder / "ingest.yml").write_text(f"""
sources: [{{name: files, type: csv, path: in.csv, delimiter: ",", header: true, columns: {{n: int64}}}}]
destinations:
  - {{name: lake, type: duckdb, path: out.duckdb}}
  - {{name: aside, type: duckdb, path: {rejects}}}
dlq: {{destination: aside}}
resources: [{{name: orders, source: files, destination: lake, mode: append, checks: [{check}]}}]
""")


def _rows(path: Path, table: str, column: str) -> Counter[int]:
    if not path.exists():
        return Counter()
    with duckdb.connect(str(path), read_only=True) as connection:
        if (table,) not in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            return Counter()
        return Counter(int(n) for (n,) in connection.sql(f"SELECT {column} FROM {table}").fetchall())


@pytest.mark.parametrize(("rejects", "points"), [*BY_DEFAULT, *(pytest.param(*case, marks=SLOW) for case in THE_REST)])
def test_rows_and_rejects_both_land_or_neither(rejects: str, points: tuple[str, ...], tmp_path: Path) -> None:
    _scene(tmp_path, rejects)

    def found() -> tuple[Counter[int], Counter[int]]:
        loaded = _rows(tmp_path / "out.duckdb", "orders", "n")
        return loaded, _rows(tmp_path / rejects, "orders_rejects", "value")

    for point in points:
        assert conduit_run(tmp_path, fault=point).code == -signal.SIGKILL
        loaded, kept = found()
        assert loaded in (Counter(), Counter(GOOD))
        # The data comes first: rejects are never there without the rows beside them.
        assert kept == Counter() or (kept, loaded) == (Counter(BAD), Counter(GOOD))
    assert conduit_run(tmp_path).report["accounting"] == {
        "read": 30, "written": 10, "rejected": 20, "filtered": 0, "deduplicated": 0,
    }  # fmt: skip
    assert found() == (Counter(GOOD), Counter(BAD))
    assert list((tmp_path / ".conduit" / "dlq").rglob("*.parquet")) == []
    assert conduit_run(tmp_path).status == "ok"
    assert found() == (Counter(GOOD) + Counter(GOOD), Counter(BAD) + Counter(BAD))
