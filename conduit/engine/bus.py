"""The event bus of one run: stamps events and hands them to whoever listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from conduit.core.events import Event

Listener = Callable[[Event], None]


class EventBus:
    """Delivers events in one order to all listeners, one at a time, on the thread that emits them."""

    def __init__(self, run_id: str, listeners: Sequence[Listener] = ()) -> None:
        self._run_id = run_id
        self._listeners = list(listeners)
        self._guard = threading.Lock()

    def emit(self, event: Event) -> None:
        stamped = replace(event, at=time.time(), run_id=self._run_id)
        with self._guard:
            for listener in self._listeners:
                listener(stamped)

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Let one more listener hear the events of a block."""
        with self._guard:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._guard:
                self._listeners.remove(listener)
