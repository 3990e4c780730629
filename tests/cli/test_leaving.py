"""A process that leaves in a hurry must still say everything, run its exit functions and keep its exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .processes import CONDUIT, environ


def test_exit_functions_run_and_output_is_whole() -> None:
    script = f"import atexit; atexit.register(print, 'last words'); {CONDUIT[2]}"
    done = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, env=environ({}))
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: conduit")
    assert done.stdout.endswith("last words\n")


def test_output_to_a_file_is_whole(tmp_path: Path) -> None:
    with open(tmp_path / "out.txt", "w") as out:
        code = subprocess.run([*CONDUIT, "connectors", "list", "--json"], stdout=out, env=environ({})).returncode
    assert (code, (tmp_path / "out.txt").read_text()[-2:]) == (0, "]\n")


def test_an_exit_with_a_text_is_left_to_python() -> None:
    script = "from conduit.cli.leaving import leave; leave(SystemExit('why'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ({}))
    assert (done.returncode, done.stderr) == (1, "why\n")
