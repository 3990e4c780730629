"""Renames that are more than a rename: two folders swapped, and a name taken only when it is free.

On Linux renameat2(2) does each in one atomic step: a reader sees the old folder or the new one, and never neither.
Elsewhere, and on file systems that refuse it, a swap is two renames; a crash between them is finished by
`finish_exchange`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys

_AT_FDCWD = -100
_RENAME_NOREPLACE, _RENAME_EXCHANGE = 1, 2


def exchange(new: str, current: str, aside: str) -> str:
    """Put folder `new` in the place of folder `current`; returns where the old content is now."""
    if _renameat2(new, current, _RENAME_EXCHANGE) == 0:
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


def rename_to_free(old: str, new: str) -> bool:
    """Rename `old` unless something is at `new` already; whether it was renamed."""
    match _renameat2(old, new, _RENAME_NOREPLACE):
        case 0:
            return True
        case errno.EEXIST:
            return False
    if os.path.lexists(new):
        return False
    os.rename(old, new)
    return True


def _renameat2(old: str, new: str, flags: int) -> int:
    """0, or the number of the error: ENOSYS where there is no such call."""
    if not sys.platform.startswith("linux"):
        return errno.ENOSYS
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return errno.ENOSYS
    done = call(_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), flags)
    return 0 if done == 0 else ctypes.get_errno()
