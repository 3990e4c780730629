"""A dry run reads, checks and counts, and writes nothing at all: no data, no state, no folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from .projects import configure, run

DESTINATIONS = {
    "parquet": "out/",
    "csv": "deep/er/out.csv",
    "json": "out.json",
    "duckdb": "deep/out.duckdb",
    "sqlite": "deep/out.sqlite",
}


def _text(kind: str, mode: str, checks: str = "") -> str:
    return f"""
sources: [{{name: rows, type: dummysource, rows: 50, malformed_rows: 3}}]
destinations: [{{name: lake, type: {kind}, path: {DESTINATIONS[kind]}}}]
resources: [{{name: orders, source: rows, destination: lake, mode: {mode}{checks}}}]
"""


def _everything(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


@pytest.mark.parametrize("kind", DESTINATIONS)
@pytest.mark.parametrize("mode", ["append", "full_refresh"])
def test_nothing_is_written_where_nothing_was(kind: str, mode: str, tmp_path: Path) -> None:
    text = _text(kind, mode, ", filter: 'id > 10'")
    configure(tmp_path, text)
    before = _everything(tmp_path)
    report = run(tmp_path, text, dry_run=True)
    books = report.accounting
    assert (books.read, books.written, books.rejected, books.filtered) == (53, 40, 3, 10)
    assert (report.status, report.dry_run) == ("ok", True)
    assert _everything(tmp_path).keys() == before.keys()


@pytest.mark.parametrize("kind", DESTINATIONS)
@pytest.mark.parametrize("mode", ["append", "full_refresh"])
def test_nothing_is_changed_where_a_load_and_a_state_are(kind: str, mode: str, tmp_path: Path) -> None:
    text = _text(kind, mode)
    assert run(tmp_path, text).status == "ok"
    before = _everything(tmp_path)
    assert run(tmp_path, text, dry_run=True).accounting.written == 50
    after = _everything(tmp_path)
    del before["ingest.yml"], after["ingest.yml"]
    assert after == before


def test_a_check_that_would_fail_is_told(tmp_path: Path) -> None:
    checks = ", checks: [{check: range, column: id, max: 20}]"
    report = run(tmp_path, _text("parquet", "append", checks), dry_run=True)
    assert report.exit_code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ingest.yml"]
