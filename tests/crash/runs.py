"""`conduit run` in a process of its own, with or without a fault, and what it said about itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended: its exit code (a signal is negative) and, if it came so far, its report."""

    code: int
    events: tuple[dict[str, Any], ...]

    @property
    def report(self) -> dict[str, Any]:
        return self.events[-1] if self.events and self.events[-1]["event"] == "RunReport" else {}

    @property
    def status(self) -> str:
        """The status of the only resource."""
        return str(self.report["resources"][0]["status"]) if self.report else "none"

    @property
    def error(self) -> str:
        return str(self.report["resources"][0]["error"]) if self.report else "none"


def conduit_run(folder: Path, *arguments: str, fault: str = "", command: Sequence[str] = ("run",)) -> Run:
    """`conduit run --json` in `folder`, or another command that reports a run, dying or failing where `fault` says."""
    return conduit_runs(folder, [arguments], fault=fault, command=command)[0]


def conduit_runs(
    folder: Path, several: Sequence[Sequence[str]], *, fault: str = "", command: Sequence[str] = ("run",)
) -> list[Run]:
    """Several runs at the same time, one for each list of arguments."""
    outputs = [folder / f".run-output-{number}" for number in range(len(several))]
    jobs = [
        {
            "cwd": str(folder),
            "arguments": [*command, "--json", "--no-progress", *arguments],
            "environment": {"CONDUIT_FAULT": fault, "NO_COLOR": "1"},
            "output": str(output),
        }
        for arguments, output in zip(several, outputs, strict=True)
    ]
    codes = _forker(threading.get_ident()).answer(json.dumps(jobs))
    return [Run(code, _events(output)) for code, output in zip(codes, outputs, strict=True)]


def _events(output: Path) -> tuple[dict[str, Any], ...]:
    lines = output.read_text().splitlines()
    output.unlink()
    return tuple(json.loads(line) for line in lines if line.startswith("{") and line.endswith("}"))


class _Forker:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.forker"],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self, line: str) -> list[int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes


@cache
def _forker(thread: int) -> _Forker:
    """One for each thread; it ends when its stdin does, with this process."""
    return _Forker()
