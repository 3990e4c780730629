"""A run with somebody watching: progress while it works, its summary or its events, its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from threading import Event as Stop
from typing import TYPE_CHECKING, Protocol

from conduit.cli.failure import write_traceback
from conduit.cli.signals import Interruptible
from conduit.cli.streams import abandon_stdout, write_lines
from conduit.cli.summary import summary_lines
from conduit.cli.terminal import look_at

if TYPE_CHECKING:
    from conduit.core.events import Event
    from conduit.engine.report import RunReport

Listener = Callable[["Event"], None]


class Progress(Protocol):
    """A display of a run's progress."""

    def __call__(self, event: Event) -> None: ...

    def announce(self, text: str) -> None: ...

    def close(self) -> None: ...


def watch(
    run: Callable[[Sequence[Listener], Stop], RunReport],
    *,
    as_json: bool = False,
    progress: bool = True,
    debug: bool = False,
) -> int:
    """Run with listeners and a stop event, show what happens and what came of it; the exit code.

    stdout has the result: the summary, or with `as_json` one event a line and nothing else. The rest is on stderr,
    with `debug` also the tracebacks of the resources that failed.
    """
    display: Progress = _display(to_stdout=not as_json) if progress else _Silent()
    listeners: list[Listener] = [display]
    if as_json:
        from conduit.cli.json_lines import JsonLines

        events = JsonLines(sys.stdout)
        listeners.append(events)
    interruptible: Interruptible[RunReport] = Interruptible(display.announce)
    try:
        report = interruptible.run(lambda stop: run(listeners, stop))
    finally:
        display.close()
    if as_json:
        events.write({"event": "RunReport", **report.as_dict()})
        if events.failure is not None and not isinstance(events.failure, BrokenPipeError):
            write_lines(sys.stderr, [f"The events on stdout are incomplete: {events.failure}"])
    for error in (r.error for r in report.resources if debug and r.error is not None):
        write_traceback(error)
    _summarise(report, to_stdout=not as_json)
    if interruptible.received is not None and any(r.status == "cancelled" for r in report.resources):
        return 128 + interruptible.received
    return report.exit_code


def _display(*, to_stdout: bool) -> Progress:
    terminal = look_at(sys.stderr, os.environ)
    if not terminal.live:
        from conduit.cli.progress.plain import PlainProgress

        return PlainProgress(sys.stderr, terminal)
    from conduit.cli.progress.live import LiveProgress

    # Where the summary does not follow on the same terminal, the last picture stays as a trace of the run.
    return LiveProgress(sys.stderr, keep=to_stdout and not look_at(sys.stdout, os.environ).live)


def _summarise(report: RunReport, *, to_stdout: bool) -> None:
    stream = sys.stdout if to_stdout else sys.stderr
    try:
        write_lines(stream, summary_lines(report, look_at(stream, os.environ), os.getcwd()))
    except BrokenPipeError:
        # Nobody reads the summary any more; the run's exit code still has to tell the truth.
        abandon_stdout()


class _Silent:
    def __call__(self, event: Event) -> None:
        return

    def announce(self, text: str) -> None:
        write_lines(sys.stderr, [text])

    def close(self) -> None:
        return
