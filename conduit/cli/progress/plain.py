"""Progress as lines of a log: one when a resource starts, at most one every few seconds, one when it ends."""

from __future__ import annotations

import contextlib
import threading
from typing import TextIO

from conduit.cli import format
from conduit.cli.progress.tally import RUNNING, Board, Tally
from conduit.cli.streams import write_lines
from conduit.cli.terminal import Terminal
from conduit.core.events import (
    ChecksFailed,
    Event,
    Noticed,
    ResourceFinished,
    ResourceStarted,
    RetryScheduled,
    RowsRejected,
)

EVERY_SECONDS = 5.0


class PlainProgress:
    """Listens to events and writes lines. The events' own times say when a line is due."""

    def __init__(self, stream: TextIO, terminal: Terminal, every_seconds: float = EVERY_SECONDS) -> None:
        self._stream = stream
        self._terminal = terminal
        self._every = every_seconds
        self._board = Board()
        self._next: dict[str, float] = {}
        self._told: set[tuple[str, ...]] = set()
        self._guard = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._guard:
            self._board.take(event)
            if line := self._line(event):
                self._write(f"{event.resource}: {line}" if event.resource else line)

    def announce(self, text: str) -> None:
        """A sentence of the program itself, on a line of its own."""
        with self._guard:
            self._write(text)

    def close(self) -> None:
        return

    def _line(self, event: Event) -> str:
        match event:
            case ResourceStarted():
                self._next[event.resource] = event.at + self._every
                return f"{event.source} → {event.destination} ({event.mode})"
            case Noticed():
                return event.message
            case RetryScheduled():
                return f"attempt {event.attempt} in {format.duration(event.wait_seconds)}, because {event.cause}"
            case RowsRejected() if event.reasons and self._first(event.resource, "rejected"):
                return f"first reject, {', '.join(event.reasons)}: {event.first}"
            case ChecksFailed() if self._first(event.resource, event.check):
                return f"check {event.check} failed for {format.counted(event.failed, 'row')} so far ({event.action})"
            case ResourceFinished():
                return _finished(event)
            case _:
                return self._pace(event) if event.resource else ""

    def _pace(self, event: Event) -> str:
        tally = self._board.tally(event.resource)
        if tally.status != RUNNING or event.at < self._next.get(event.resource, 0.0):
            return ""
        self._next[event.resource] = event.at + self._every
        return pace(tally, event.at)

    def _first(self, *what: str) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True

    def _write(self, text: str) -> None:
        # A log that nobody reads any more, or that cannot grow, is no reason to end a load.
        with contextlib.suppress(OSError):
            write_lines(self._stream, [self._terminal.spell(format.one_line(text))])


def pace(tally: Tally, now: float) -> str:
    """A resource's progress in one line."""
    seconds = tally.elapsed(now)
    parts = [
        format.counted(tally.accounting.read, "row"),
        format.size(tally.bytes),
        f"{format.rate(tally.accounting.read, seconds)} rows/s",
    ]
    if tally.accounting.rejected:
        parts.append(f"{format.count(tally.accounting.rejected)} rejected")
    if (share := tally.fraction) is not None:
        parts.append(f"{share:.0%}")
    if (left := tally.seconds_left(now)) is not None:
        parts.append(f"about {format.duration(left)} left")
    return ", ".join(parts)


def _finished(event: ResourceFinished) -> str:
    books = event.accounting
    told = f"{event.status}: {format.count(books.read)} read, {format.count(books.written)} written"
    if books.rejected:
        told += f", {format.count(books.rejected)} rejected"
    told += f" in {format.duration(event.duration_seconds)}"
    why = " ".join(part for part in (event.error_code, event.error) if part)
    return f"{told}; {why}" if why else told
