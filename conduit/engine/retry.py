"""Trying a resource again after an error that may pass: a lock held by others, a connection that was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from conduit.errors import CommitUnknown, TransientError

T = TypeVar("T")

ATTEMPTS = 4
TOTAL_SECONDS = 90.0


def with_retries(call: Callable[[], T], told: Callable[[int, float, TransientError], None]) -> T:
    """The result of `call`, tried up to ATTEMPTS times: once more at once, then with growing, jittered waits.

    Only transient errors are tried again, and never an unknown commit: that one may have landed. `told` is given the
    number of the attempt that follows, the seconds until then, and the error. `call` must leave nothing behind when
    it fails.
    """
    try:
        return call()
    except TransientError as failed:
        if not _may_pass(failed):
            raise
        told(2, 0.0, failed)
    # Imported here because it takes longer than many a load.
    import logging

    import stamina

    # It logs each attempt, which `told` tells better; where nobody has set up logging that would be on the terminal.
    log = logging.getLogger("stamina")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    for attempt in stamina.retry_context(on=_may_pass, attempts=ATTEMPTS - 1, timeout=TOTAL_SECONDS, wait_initial=0.5):
        with attempt:
            try:
                return call()
            except TransientError as failed:
                if _may_pass(failed) and attempt.num < ATTEMPTS - 1:
                    told(attempt.num + 2, attempt.next_wait, failed)
                raise
    raise AssertionError("the last attempt returns or raises")


def _may_pass(failed: Exception) -> bool:
    return isinstance(failed, TransientError) and not isinstance(failed, CommitUnknown)
