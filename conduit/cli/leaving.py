"""Leaving the process without taking it apart."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import NoReturn


def leave(end: SystemExit) -> NoReturn:
    """End the process with the code of `end`: exit functions run and streams are flushed, modules are not torn down.

    Tearing down pyarrow and all that came with it takes a tenth of the time of a small load and serves nobody.
    """
    if not isinstance(end.code, int):
        raise end
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(end.code)
