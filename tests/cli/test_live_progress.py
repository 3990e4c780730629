"""On a terminal a load shows where it stands, in place, and leaves the terminal as it found it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from conduit.cli.progress.live import picture
from conduit.cli.progress.tally import Board, Tally
from conduit.core.accounting import Accounting
from conduit.core.events import RetryScheduled

from .processes import on_terminal, watched, without_escapes


def _drawn(*tallies: Tally, width: int = 110, height: int = 30, now: float = 110.0) -> list[str]:
    from rich.console import Console

    console = Console(width=width, height=height, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(picture(list(tallies), now, width, height))
    return [line.rstrip() for line in capture.get().splitlines()]


def _running(name: str = "orders", **more: object) -> Tally:
    return Tally(name, "running", started=100.0, **{"accounting": Accounting(1000, 997, 3), "bytes": 50_000, **more})  # type: ignore[arg-type]


def test_a_line_has_share_rows_bytes_pace_time_to_go_and_rejects() -> None:
    (line,) = _drawn(_running(rows_estimate=4000))
    words = " ".join(re.sub("[━╸╺]+", "", line).split())
    assert words == "▸ orders 25% 1,000 rows 50.0 kB 100 rows/s 0:30 left 3 rejected"


def test_without_an_estimate_the_elapsed_time_is_shown() -> None:
    (line,) = _drawn(_running())
    assert "%" not in line
    assert "0:10" in line
    assert "left" not in line


def test_a_narrow_terminal_keeps_the_rows_and_cuts_nothing() -> None:
    for width in (110, 80, 60, 45, 30):
        (line,) = _drawn(_running(rows_estimate=4000), width=width)
        assert len(line) <= width
        assert "1,000 rows" in line
        assert "…" not in line


def test_more_resources_than_lines_shows_the_running_ones() -> None:
    waiting = [Tally(f"w{i}") for i in range(20)]
    done = [Tally(f"d{i}", "ok") for i in range(20)]
    lines = _drawn(*waiting, *done, _running(), height=8)
    assert len(lines) <= 8
    assert any("orders" in line for line in lines)
    assert lines[-1].strip() == "… 16 more done, 20 waiting"


def test_a_retry_is_remarked_on_until_a_batch_passes() -> None:
    board = Board()
    board.take(RetryScheduled(resource="orders", attempt=2, wait_seconds=1, cause="connection reset"))
    assert board.tally("orders").remark == "attempt 2 after: connection reset"


@pytest.mark.parametrize("columns", [110, 45])
def test_a_run_on_a_terminal_draws_progress_then_the_summary(columns: int) -> None:
    code, written = on_terminal(watched("seen"), columns=columns, enter_after="25%")
    text = without_escapes(written)
    assert code == 0
    assert "▸ orders" in text
    assert "25%" in text
    assert text.index("▸ orders") < text.index("the books") < text.index("✓ Done")
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_a_run_that_is_over_at_once_draws_nothing() -> None:
    code, written = on_terminal(watched("quick"))
    assert (code, "▸" in written, "\x1b[?25l" in written) == (0, False, False)
    assert "✓ Done" in without_escapes(written)


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}], ids=str)
def test_ci_and_dumb_terminals_get_lines(environment: dict[str, str]) -> None:
    code, written = on_terminal(watched("quick"), **environment)
    assert code == 0
    assert "orders: csv a.csv → parquet o/ (append)" in without_escapes(written)
    assert "\x1b[?25l" not in written


def test_no_color_takes_the_colour_away() -> None:
    code, written = on_terminal(watched("quick"), NO_COLOR="1")
    assert (code, "\x1b[3" in written) == (0, False)
    _, coloured = on_terminal(watched("quick"))
    assert "\x1b[3" in coloured


def test_when_stdout_goes_to_a_file_the_last_picture_stays_on_the_terminal(tmp_path: Path) -> None:
    with open(tmp_path / "summary.txt", "wb") as out:
        code, written = on_terminal(watched("seen"), stdout=out.fileno(), enter_after="25%")
    assert code == 0
    assert "✓ orders" in without_escapes(written)
    assert "✓ Done" in Path(out.name).read_text()
    assert "\x1b" not in Path(out.name).read_text()
    assert os.path.getsize(out.name) > 0


def test_without_progress_there_is_only_the_summary() -> None:
    code, written = on_terminal(watched("quick", "quiet"))
    assert code == 0
    assert without_escapes(written).strip().startswith("resource")
