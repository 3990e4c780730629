"""Two-step interruption: the first SIGINT or SIGTERM asks to stop, the second one leaves at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# Some parents (timeout, container inits, task runners) send a signal twice; nobody presses Ctrl-C that fast.
SAME_SIGNAL_SECONDS = 0.5

_ASKING = frozenset({signal.SIGINT, signal.SIGTERM})
_FINISHED = signal.SIGUSR1
_SHOW_CURSOR = b"\x1b[?25h"


class Interruptible(Generic[T]):
    """Runs work on a thread of its own while the main thread waits for signals.

    The signals are blocked in every thread and taken out one by one, so that no handler runs: Polars installs one
    that breaks off whatever it computes, on any thread, with a KeyboardInterrupt, and a load that stops at a batch
    boundary must not be torn out of the middle of one. Threads inherit what is blocked, native ones too, so the work
    begins with its imports.
    """

    def __init__(self, announce: Callable[[str], None]) -> None:
        self.stop = threading.Event()
        self.received: int | None = None
        self._received_at = 0.0
        self._announce = announce

    def run(self, work: Callable[[threading.Event], T]) -> T:
        """The result of `work(stop)`, or what it raised. Call it from the main thread while there is no other."""
        results: list[T] = []
        errors: list[BaseException] = []
        done = threading.Event()
        waiting = threading.get_ident()

        def body() -> None:
            try:
                results.append(work(self.stop))
            except BaseException as error:
                errors.append(error)
            finally:
                done.set()
                signal.pthread_kill(waiting, _FINISHED)

        watched = {*_ASKING, _FINISHED}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        try:
            thread = threading.Thread(target=body, name="conduit-run", daemon=True)
            thread.start()
            while not done.is_set():
                number = signal.sigwait(watched)
                if number in _ASKING and not done.is_set():
                    self._take(number)
            thread.join()
        finally:
            # What is still pending would strike the moment it is let through, at a run that is over.
            while pending := signal.sigpending() & watched:
                signal.sigwait(pending)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if errors:
            raise errors[0]
        return results[0]

    def _take(self, number: int) -> None:
        now = time.monotonic()
        if self.received is None:
            self.received, self._received_at = number, now
            self.stop.set()
            self._announce(f"{signal.Signals(number).name}: stopping at the next batch; once more to leave at once.")
        elif now - self._received_at >= SAME_SIGNAL_SECONDS:
            _leave(number)


def _leave(number: int) -> None:
    """End the process now. Nothing half visible is left: what was staged is swept up by the next run."""
    if sys.stderr.isatty():
        os.write(2, _SHOW_CURSOR)
    os._exit(128 + number)
