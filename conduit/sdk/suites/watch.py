"""What this process holds and touches: open files, threads, memory, and Python-level I/O while a block runs."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

_IO_EVENTS = frozenset({
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "socket.connect", "sqlite3.connect",
    "subprocess.Popen",
})  # fmt: skip
_watching = threading.local()


@contextmanager
def recorded_io() -> Iterator[list[str]]:
    """The I/O that this thread does inside the block, as `event argument` lines; imports are not counted."""
    _install_audit()
    seen: list[str] = []
    _watching.seen = seen
    try:
        yield seen
    finally:
        _watching.seen = None


@cache
def _install_audit() -> None:
    # An audit hook can never be taken away again, so there is one, and it is idle unless a block asks for it.
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    seen = getattr(_watching, "seen", None)
    if seen is None or event not in _IO_EVENTS:
        return
    subject = str(arguments[0]) if arguments else ""
    importing = subject.endswith((".py", ".pyc", ".so")) or any(subject == place for place in sys.path)
    if not importing and "site-packages" not in subject:
        seen.append(f"{event} {subject}")


def require_proc() -> None:
    """Skip the test where the kernel does not tell what a process holds."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc, which only Linux has")


def open_files() -> dict[str, str]:
    """Every open file descriptor of this process with what it points to; nothing where there is no /proc."""
    found: dict[str, str] = {}
    if not Path("/proc/self/fd").exists():
        return found
    for number in os.listdir("/proc/self/fd"):
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:  # the descriptor of the listing itself
            continue
    return found


def newly_open(before: dict[str, str]) -> list[str]:
    """What is open now and was not `before`, by descriptor."""
    return sorted(target for number, target in open_files().items() if before.get(number) != target)


def thread_count() -> int:
    """Threads of this process, those of native libraries included."""
    return len(os.listdir("/proc/self/task"))


def settles(measure: Callable[[], int], limit: int, seconds: float = 2.0) -> int:
    """The first value of `measure()` that is at most `limit`, or the last one seen before time runs out."""
    deadline = time.monotonic() + seconds
    while True:
        gc.collect()
        value = measure()
        if value <= limit or time.monotonic() > deadline:
            return value
        time.sleep(0.01)


def anonymous_memory() -> int:
    """Bytes of memory that this process holds itself; mapped files are not counted, for the kernel can drop them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("This kernel does not report RssAnon.")


def files_below(directory: Path) -> set[str]:
    """Every regular file below `directory`, hidden ones too, as relative paths."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
