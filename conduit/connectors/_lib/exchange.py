"""Swapping two folders so that a reader sees the old one or the new one, and never neither.

Linux: renameat2(2) with RENAME_EXCHANGE, one atomic step. Elsewhere, and on file systems that refuse it, two
renames; a crash between them is finished by `finish_exchange`.
"""

from __future__ import annotations

import ctypes
import os
import sys

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def exchange(new: str, current: str, aside: str) -> str:
    """Put folder `new` in the place of folder `current`; returns where the old content is now."""
    if _renameat2(new, current):
        return new
    os.rename(current, aside)
    os.rename(new, current)
    return aside


def finish_exchange(new: str, current: str, aside: str) -> bool:
    """Finish two renames that a crash cut apart; True when there was something to finish."""
    if os.path.isdir(aside) and os.path.isdir(new) and not os.path.exists(current):
        os.rename(new, current)
        return True
    return False


def _renameat2(new: str, current: str) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    return bool(call(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(current), _RENAME_EXCHANGE) == 0)
