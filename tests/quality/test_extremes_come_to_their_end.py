"""Every row bad, no row, no column: the run says so, exits as documented, and each row is where the report says it is.

Such loads divide by zero, write files without rows, or find nothing to bind a check to; and they happen in the night.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tests.cli.processes import conduit

COUNT = 300
BAD = pa.table(
    {
        "id": pa.array([7] * COUNT, pa.int64()),
        "mail": pa.array([f"nobody {i}" for i in range(COUNT)]),
        "amount": pa.array([-1.5] * COUNT),
        "kind": pa.array([None] * COUNT, pa.string()),
    }
)
TYPES = "{id: int64, mail: string, amount: float64, kind: string}"
CHECKS = (
    "{column: id, check: unique, action: ACTION}",
    "{column: mail, check: regex, pattern: '@', action: ACTION}",
    "{column: amount, check: range, min: 0, action: ACTION}",
    "{column: kind, check: not_null, action: ACTION}",
    "{column: kind, check: enum, allowed_values: [a, b], action: ACTION}",
    "{column: mail, check: length, max: 3, action: ACTION}",
    "{check: expression, expression: amount > id, action: ACTION}",
)
FAILING = {
    "unique(id)": COUNT - 1,
    "regex(mail)": COUNT,
    "range(amount)": COUNT,
    "not_null(kind)": COUNT,
    "enum(kind)": 0,
    "length(mail)": COUNT,
    "expression(amount > id)": COUNT,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended: its exit code, what it said of its resource, and what is in the folder."""

    code: int
    report: dict[str, Any]
    folder: Path

    @property
    def books(self) -> tuple[int, int, int]:
        books = self.report["accounting"]
        return books["read"], books["written"], books["rejected"]

    @property
    def failed(self) -> dict[str, int]:
        return {check["label"]: check["failed"] for check in self.report["checks"]}

    @property
    def evaluated(self) -> set[int]:
        return {check["evaluated"] for check in self.report["checks"]}

    @property
    def rejects(self) -> list[dict[str, Any]]:
        files = (self.folder / ".conduit" / "dlq").rglob("*.parquet")
        return [reject for file in sorted(files) for reject in pq.ParquetFile(file).read().to_pylist()]

    @property
    def loaded(self) -> pa.Table | None:
        files = sorted((self.folder / "out").glob("*.parquet"))
        return pa.concat_tables([pq.ParquetFile(file).read() for file in files]) if files else None


def run(
    folder: Path,
    path: str,
    *,
    checks: tuple[str, ...] = CHECKS,
    action: str = "dlq",
    mode: str = "append",
    more: str = "",
) -> Ended:
    kind = path.rpartition(".")[2]
    columns = "" if kind == "parquet" else f", columns: {TYPES}"
    (folder / "ingest.yml").write_text(f"""
sources: [{{name: file, type: {kind}, path: {path}{columns}}}]
destinations: [{{name: lake, type: parquet, path: out/, mode: {mode}}}]
resources:
  - {{name: r, source: file, destination: lake, quality_checks: [{", ".join(checks).replace("ACTION", action)}]{more}}}
""")
    done = conduit("run", "--json", "--no-progress", cwd=folder)
    last = json.loads(done.stdout.splitlines()[-1])
    return Ended(done.returncode, last["resources"][0], folder)


def _csv(rows: pa.Table, folder: Path) -> str:
    pyarrow.csv.write_csv(rows, folder / "in.csv")
    return "in.csv"


def _json(rows: pa.Table, folder: Path) -> str:
    (folder / "in.json").write_text("".join(json.dumps(row) + "\n" for row in rows.to_pylist()))
    return "in.json"


def _parquet(rows: pa.Table, folder: Path) -> str:
    pq.write_table(rows, folder / "in.parquet")
    return "in.parquet"


FORMATS = [_csv, _json, _parquet]
NO_TOLERANCE = ", max_failures: 0, max_failure_rate: 0"
Format = Callable[[pa.Table, Path], str]


@pytest.mark.parametrize("written", FORMATS)
def test_when_every_row_is_bad_all_are_rejects_and_the_destination_has_its_columns_and_no_row(
    written: Format, tmp_path: Path
) -> None:
    ended = run(tmp_path, written(BAD, tmp_path))
    assert (ended.code, ended.report["status"], ended.books) == (0, "ok", (COUNT, 0, COUNT))
    assert (ended.failed, ended.evaluated) == (FAILING, {COUNT})
    assert [reject["row"] for reject in ended.rejects] == BAD.to_pylist()
    # The first row is the first of its key: another check decides.
    assert Counter(reject["code"] for reject in ended.rejects) == {"unique": COUNT - 1, "regex": 1}
    assert ended.loaded is not None
    assert (ended.loaded.num_rows, ended.loaded.column_names) == (0, BAD.column_names)


def test_when_every_row_is_bad_a_refresh_leaves_an_empty_table_and_not_the_old_rows(tmp_path: Path) -> None:
    path = _parquet(BAD, tmp_path)
    before = run(tmp_path, path, checks=(), mode="full_refresh")
    assert before.loaded is not None
    assert before.loaded.num_rows == COUNT
    ended = run(tmp_path, path, mode="full_refresh")
    assert ended.books == (COUNT, 0, COUNT)
    assert ended.loaded is not None
    assert ended.loaded.num_rows == 0
    assert len(ended.rejects) == COUNT


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("fail", ""),
        ("dlq", ", max_failure_rate: 0.999"),
        ("dlq", f", max_failures: {COUNT - 1}"),
        ("warn", ", max_failure_rate: 0.999"),
    ],
)
def test_when_every_row_is_bad_and_that_is_too_much_nothing_changes_and_the_exit_code_is_3(
    action: str, more: str, tmp_path: Path
) -> None:
    ended = run(tmp_path, _csv(BAD, tmp_path), action=action, more=more)
    assert (ended.code, ended.report["status"], ended.report["error_code"]) == (3, "quality", "CDT-401")
    assert ended.loaded is None
    assert ended.rejects == []


def test_when_every_row_is_bad_and_that_is_a_warning_all_are_loaded(tmp_path: Path) -> None:
    ended = run(tmp_path, _csv(BAD, tmp_path), action="warn")
    assert (ended.code, ended.books, ended.failed) == (0, (COUNT, COUNT, 0), FAILING)
    assert ended.loaded is not None
    assert ended.loaded.to_pylist() == BAD.to_pylist()
    assert ended.rejects == []


def test_when_no_row_can_be_parsed_every_line_is_kept_and_no_check_has_seen_one(tmp_path: Path) -> None:
    lines = [f"x{i},mail,1.0,a" for i in range(COUNT)]
    (tmp_path / "in.csv").write_text("\n".join(["id,mail,amount,kind", *lines, ""]))
    ended = run(tmp_path, "in.csv")
    assert (ended.code, ended.books, ended.evaluated) == (0, (COUNT, 0, COUNT), {0})
    assert [reject["raw"].decode().strip() for reject in ended.rejects] == lines
    assert ended.loaded is not None
    assert ended.loaded.num_rows == 0


@pytest.mark.parametrize(
    ("written", "action", "more"),
    [
        (_csv, "fail", ""),
        (_csv, "dlq", NO_TOLERANCE),
        (_json, "dlq", ""),
        (_json, "warn", NO_TOLERANCE),
        (_parquet, "fail", ""),
        (_parquet, "dlq", NO_TOLERANCE),
    ],
)
def test_no_rows_pass_every_check(written: Format, action: str, more: str, tmp_path: Path) -> None:
    ended = run(tmp_path, written(BAD.slice(0, 0), tmp_path), action=action, more=more)
    assert (ended.code, ended.report["status"], ended.books) == (0, "ok", (0, 0, 0))
    assert (set(ended.failed.values()), ended.evaluated) == ({0}, {0})
    assert ended.rejects == []
    assert ended.report["dlq"] is None
    assert ended.loaded is not None
    assert (ended.loaded.num_rows, ended.loaded.column_names) == (0, BAD.column_names)


def test_no_columns_are_loaded_as_such_and_a_check_of_one_says_that_there_is_none(tmp_path: Path) -> None:
    path = _parquet(pa.table({}), tmp_path)
    ended = run(tmp_path, path, checks=(CHECKS[3],))
    assert (ended.code, ended.report["error_code"], ended.books) == (2, "CDT-101", (0, 0, 0))
    assert "There is no column 'kind'" in ended.report["error"]
    assert "Columns: none." in ended.report["error"]
    assert ended.loaded is None
    assert ended.rejects == []
    without = run(tmp_path, path, checks=())
    assert (without.code, without.books) == (0, (0, 0, 0))
