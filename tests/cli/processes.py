"""Running the command line as a process of its own, with pipes or on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

_QUIET = {"CI": "", "NO_COLOR": "", "COLUMNS": "", "TERM": "xterm-256color"}
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CONDUIT = [sys.executable, "-c", "from conduit.cli.main import main; main(prog_name='conduit')"]


def conduit(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """`conduit ARGUMENTS` with stdout and stderr in pipes."""
    return subprocess.run(
        [*CONDUIT, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, env=environ(environment)
    )


def environ(changes: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **_QUIET, "PYTHONPATH": os.pathsep.join(sys.path), **changes}


def on_terminal(
    command: Sequence[str],
    *,
    columns: int = 110,
    cwd: Path | None = None,
    stdout: int | None = None,
    enter_after: str = "",
    **changes: str,
) -> tuple[int, str]:
    """Exit code of a command on a pseudo-terminal, and all that it wrote there; `stdout` goes elsewhere when given.

    The Enter key is pressed once `enter_after` has been written.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    process = subprocess.Popen(
        command, cwd=cwd, stdin=slave, stdout=slave if stdout is None else stdout, stderr=slave, env=environ(changes)
    )
    os.close(slave)
    written = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # Linux's way to say that the other end was closed
            break
        if not piece:
            break
        written += piece
        if enter_after and enter_after in without_escapes(written.decode(errors="ignore")):
            enter_after = ""
            os.write(master, b"\n")
    os.close(master)
    return process.wait(timeout=60), written.decode()


def without_escapes(text: str) -> str:
    return _ESCAPES.sub("", text)


def watched(*arguments: str) -> list[str]:
    """The command that runs `watched.py` with these arguments."""
    return [sys.executable, "-m", f"{__package__}.watched", *arguments]
