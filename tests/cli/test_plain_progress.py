"""A log is read later by somebody else: few lines, each saying where the load stands."""

from __future__ import annotations

import io

from conduit.cli.progress.plain import PlainProgress
from conduit.cli.terminal import Terminal
from conduit.core.accounting import Accounting
from conduit.core.events import (
    BatchPassed,
    ChecksFailed,
    Event,
    Noticed,
    ResourceFinished,
    ResourceStarted,
    RetryScheduled,
    RowsRejected,
    RunStarted,
)


def _log(*events: Event, terminal: Terminal | None = None) -> list[str]:
    stream = io.StringIO()
    progress = PlainProgress(stream, terminal or Terminal(), every_seconds=5)
    for event in events:
        progress(event)
    progress.close()
    return stream.getvalue().splitlines()


def _started(at: float = 100.0, **estimates: int) -> ResourceStarted:
    return ResourceStarted(
        at=at, resource="orders", source="csv orders.csv", destination="parquet out/", mode="append", **estimates
    )


def _batch(at: float, rows: int = 1000, rejected: int = 0) -> BatchPassed:
    return BatchPassed(at=at, resource="orders", accounting=Accounting(rows, rows - rejected, rejected), bytes=50_000)


def test_a_short_run_is_a_line_at_the_start_and_one_at_the_end() -> None:
    assert _log(
        RunStarted(at=100, resources=("orders",)),
        _started(),
        _batch(100.1),
        ResourceFinished(
            at=100.2, resource="orders", status="ok", accounting=Accounting(1000, 998, 2), duration_seconds=0.2
        ),
    ) == [
        "orders: csv orders.csv → parquet out/ (append)",
        "orders: ok: 1,000 read, 998 written, 2 rejected in 200 ms",
    ]


def test_a_long_run_has_one_line_every_few_seconds() -> None:
    batches = [_batch(100 + second / 10, rejected=1) for second in range(1, 121)]
    lines = _log(_started(rows_estimate=200_000), *batches)
    assert lines[1:] == [
        "orders: 50,000 rows, 2.5 MB, 10,000 rows/s, 50 rejected, 25%, about 15.0 s left",
        "orders: 100,000 rows, 5.0 MB, 10,000 rows/s, 100 rejected, 50%, about 10.0 s left",
    ]


def test_bytes_stand_in_when_rows_cannot_be_estimated() -> None:
    assert _log(_started(bytes_estimate=200_000), _batch(110))[1].endswith("25%, about 30.0 s left")


def test_an_estimate_that_was_passed_is_not_shown() -> None:
    assert "%" not in _log(_started(rows_estimate=10), _batch(110))[1]


def test_what_a_person_should_know_is_said_once() -> None:
    lines = _log(
        _started(),
        Noticed(at=101, resource="orders", message="delimiter ';'"),
        RowsRejected(at=101, resource="orders", reasons={"ragged": 1}, first="line 4\nis odd \x1b[2J"),
        RowsRejected(at=102, resource="orders", reasons={"ragged": 1}, first="line 9"),
        ChecksFailed(at=102, resource="orders", check="unique(id)", action="warn", failed=1),
        ChecksFailed(at=103, resource="orders", check="unique(id)", action="warn", failed=2),
        RetryScheduled(at=103, resource="orders", attempt=2, wait_seconds=1, cause="connection reset"),
    )
    assert lines[1:] == [
        "orders: delimiter ';'",
        "orders: first reject, ragged: line 4 ⏎ is odd \\x1b[2J",
        "orders: check unique(id) failed for 1 row so far (warn)",
        "orders: attempt 2 in 1.0 s, because connection reset",
    ]


def test_an_ascii_log_has_no_other_characters() -> None:
    assert _log(_started(), terminal=Terminal(unicode=False)) == ["orders: csv orders.csv -> parquet out/ (append)"]


class _Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_log_that_nobody_reads_does_not_end_the_load() -> None:
    progress = PlainProgress(_Gone(), Terminal())
    progress(_started())
    progress.announce("still here")
    progress.close()
    assert progress._board.tally("orders").status == "running"
