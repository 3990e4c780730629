"""The byte budget of a run: how much data may be in flight between all its stages together."""

from __future__ import annotations

import threading


class ByteBudget:
    """Take before a batch enters a queue, give when it has left. A limit for the sum over all slices."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._used = 0
        self._changed = threading.Condition()

    def take(self, size: int, *, may_wait: bool) -> bool:
        """Wait for room, half a second at most; True when the bytes are taken.

        A caller that must not wait takes them at once: each queue may always hold one batch, or slices that wait
        for each other would wait forever.
        """
        with self._changed:
            if may_wait and self._used + size > self._total:
                self._changed.wait(0.5)
                if self._used + size > self._total:
                    return False
            self._used += size
            return True

    def give(self, size: int) -> None:
        with self._changed:
            self._used -= size
            self._changed.notify_all()
