"""A run that does what a test says, under the real watcher: `python -m <package>.watched HOW [json] [quiet]`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence

from conduit.cli.watching import watch
from conduit.core.accounting import Accounting
from conduit.core.events import BatchPassed, Event, ResourceFinished, ResourceStarted, RunStarted
from conduit.engine.report import RunReport
from conduit.errors import SourceError

from .reports import resource_report, run_report


def _emit(listeners: Sequence[Callable[[Event], None]], *events: Event) -> None:
    for event in events:
        for listener in listeners:
            listener(event)


def _start(listeners: Sequence[Callable[[Event], None]]) -> None:
    started = ResourceStarted(
        at=time.time(),
        resource="orders",
        source="csv a.csv",
        destination="parquet o/",
        mode="append",
        rows_estimate=4000,
    )
    batch = BatchPassed(at=time.time(), resource="orders", accounting=Accounting(1000, 997, 3), bytes=50_000)
    _emit(listeners, RunStarted(at=time.time(), resources=("orders", "later")), started, batch)


def cancelled(listeners: Sequence[Callable[[Event], None]], stop: threading.Event) -> RunReport:
    """Works until it is asked to stop, and stops."""
    _start(listeners)
    assert stop.wait(60)
    return run_report(resource_report("orders", "cancelled", Accounting(1000)), status="cancelled")


def stubborn(listeners: Sequence[Callable[[Event], None]], stop: threading.Event) -> RunReport:
    """Hears nothing."""
    _start(listeners)
    threading.Event().wait(60)
    raise AssertionError("nobody ended the process")


def computing(listeners: Sequence[Callable[[Event], None]], stop: threading.Event) -> RunReport:
    """Keeps Polars busy until it is asked to stop."""
    import polars as pl

    pl.int_range(0, 10, eager=True)
    _start(listeners)
    while not stop.is_set():
        pl.int_range(0, 1_000_000, eager=True).sum()
    return run_report(resource_report("orders", "cancelled"), status="cancelled")


def seen(listeners: Sequence[Callable[[Event], None]], stop: threading.Event) -> RunReport:
    """Runs until somebody who has seen its progress presses Enter."""
    _start(listeners)
    sys.stdin.readline()
    return _done(listeners)


def quick(listeners: Sequence[Callable[[Event], None]], stop: threading.Event) -> RunReport:
    """Is over at once."""
    _start(listeners)
    return _done(listeners)


def broken(listeners: Sequence[Callable[[Event], None]], stop: threading.Event) -> RunReport:
    """Raises what no engine should."""
    raise SourceError("No such file.", place="a.csv", remedy="Look again.")


def _done(listeners: Sequence[Callable[[Event], None]]) -> RunReport:
    books = Accounting(1000, 997, 3)
    finished = ResourceFinished(at=time.time(), resource="orders", status="ok", accounting=books, duration_seconds=0.5)
    _emit(listeners, finished)
    return run_report(resource_report("orders", accounting=books, destination="o/"))


def main(how: str, *options: str) -> int:
    runs = {run.__name__: run for run in (broken, cancelled, computing, quick, seen, stubborn)}
    return watch(runs[how], as_json="json" in options, progress="quiet" not in options)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
