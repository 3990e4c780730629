"""The books are checked before the commit: a connector that lies about rows makes nothing visible."""

from __future__ import annotations

from pathlib import Path

from conduit.errors import AccountingError

from .projects import run


def _config(destination: str) -> str:
    return f"""
sources: [{{name: rows, type: pieces}}]
destinations: [{{name: lake, type: {destination}, path: lake/}}]
resources: [{{name: orders, source: rows, destination: lake, mode: append}}]
"""


def test_rows_that_a_destination_forgets_fail_the_run_and_nothing_is_visible(plugged: Path) -> None:
    report = run(plugged, _config("forgetsrows"))
    [resource] = report.resources
    assert (report.status, report.exit_code) == ("failed", 1)
    assert isinstance(resource.error, AccountingError)
    assert "read 60 = written 57" in str(resource.error)
    assert "residue of 3 rows" in str(resource.error)
    assert not (plugged / "lake").exists()


def test_the_books_of_a_sound_load_balance_with_everything_in_them(plugged: Path) -> None:
    text = _config("parquet").replace("mode: append", "mode: append, filter: 'id >= 10', limit: 30")
    books = run(plugged, text).accounting
    assert (books.written, books.rejected, books.deduplicated, books.residue) == (30, 0, 0, 0)
    assert books.read == books.written + books.filtered
