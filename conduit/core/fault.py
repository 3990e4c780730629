"""Named failpoints for crash tests: `CONDUIT_FAULT=point[:n][:kind]` acts at the n-th passage of `point`.

Kinds: `kill` (SIGKILL to this process, the default), `raise` (an OSError), `full` (no space left on device).
Several faults are separated by commas. Without the variable a failpoint costs one look at a module constant.
"""

from __future__ import annotations

import errno
import os
import signal
import threading

_ACTIVE = os.environ.get("CONDUIT_FAULT", "")
_passed: dict[str, int] = {}
_guard = threading.Lock()


def failpoint(point: str) -> None:
    """Die, or raise, here, when the environment asks for it. `point` reads `area.moment`."""
    if not _ACTIVE:
        return
    with _guard:
        _passed[point] = count = _passed.get(point, 0) + 1
    for fault in _ACTIVE.split(","):
        name, nth, kind = ([*fault.split(":"), "", ""])[:3]
        if name == point and count == int(nth or 1):
            _act(point, kind or "kill")


def _act(point: str, kind: str) -> None:
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    number = errno.ENOSPC if kind == "full" else errno.EIO
    raise OSError(number, f"{os.strerror(number)} (failpoint {point})")
