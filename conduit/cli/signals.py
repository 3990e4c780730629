"""Two-step interruption: the first SIGINT or SIGTERM asks to stop, the second one leaves at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Generic, TypeVar

T = TypeVar("T")

_SHOW_CURSOR = b"\x1b[?25h"


class Interruptible(Generic[T]):
    """Runs work on a thread of its own, so that the main thread is free to take signals at any moment.

    Native code that holds the main thread would delay a signal handler until it returns; and a handler that sets
    an event on the very thread that waits for it can deadlock. Here the main thread only waits.
    """

    def __init__(self, announce: Callable[[str], None]) -> None:
        self.stop = threading.Event()
        self.received: int | None = None
        self._announce = announce

    def run(self, work: Callable[[threading.Event], T]) -> T:
        """The result of `work(stop)`, or what it raised. Call it from the main thread."""
        results: list[T] = []
        errors: list[BaseException] = []
        done = threading.Event()

        def body() -> None:
            try:
                results.append(work(self.stop))
            except BaseException as error:
                errors.append(error)
            finally:
                done.set()

        previous = {number: signal.signal(number, self._take) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            threading.Thread(target=body, name="conduit-run", daemon=True).start()
            done.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        if errors:
            raise errors[0]
        return results[0]

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            _leave(number)
        self.received = number
        self.stop.set()
        # On a thread: this handler may have interrupted a write to the very stream that is announced on.
        text = f"{signal.Signals(number).name}: stopping at the next batch; once more to leave at once."
        threading.Thread(target=self._announce, args=(text,), daemon=True).start()


def _leave(number: int) -> None:
    """End the process now. Nothing half visible is left: what was staged is swept up by the next run."""
    if sys.stderr.isatty():
        os.write(2, _SHOW_CURSOR)
    os._exit(128 + number)
