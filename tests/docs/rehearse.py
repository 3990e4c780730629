"""Does what a page tells its reader to do, in the current folder: a process of its own, fed with blocks as JSON.

Files are written, commands run in one shell after another, Python in one namespace, as in a notebook. What each block
prints goes to stdout as a JSON list; the first thing that fails ends the rehearsal with its traceback.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any


def rehearse(steps: list[dict[str, str]]) -> list[str]:
    namespace: dict[str, Any] = {"__name__": "__page__"}
    return [_do(step, namespace) for step in steps]


def _do(step: dict[str, str], namespace: dict[str, Any]) -> str:
    if step["file"]:
        Path(step["file"]).write_text(step["text"], "utf-8")
        return ""
    if step["language"] == "sh":
        return _shell(step["text"])
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(step["text"], step["name"], "exec"), namespace)
    return printed.getvalue()


def _shell(text: str) -> str:
    """Run commands; the folder in which they end is where the next block begins."""
    where = Path(os.environ["REHEARSAL"], "where")
    script = f"set -e\n{text}\npwd > '{where}'\n"
    printed = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True, check=True).stdout
    os.chdir(where.read_text().strip())
    return printed


if __name__ == "__main__":
    print(json.dumps(rehearse(json.load(sys.stdin))))
