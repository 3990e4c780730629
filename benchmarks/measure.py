"""Run one program in a fresh process and measure it: clock time, processor time, peak memory."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Command:
    """What to start: arguments, extra environment variables, working folder."""

    argv: Sequence[str]
    environ: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one process and its children took.

    ``peak_tree_mb`` is the largest sum of resident sizes seen over the process tree, sampled every 50 ms
    (pages shared between processes count in each). ``peak_process_mb`` is the kernel's own ``ru_maxrss``:
    exact, but of the largest process alone. ``peak_mb`` is the larger of the two. ``failure`` is None when
    the exit code was 0.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_tree_mb: float
    peak_process_mb: float
    failure: str | None

    @property
    def peak_mb(self) -> float:
        """The larger of the two peaks."""
        return max(self.peak_tree_mb, self.peak_process_mb)


def run(command: Command, timeout_seconds: float) -> Measurement:
    """Start the command, wait for it and measure it; never raises for what the command does.

    Its output goes to a file, whose last line becomes the failure's reason. After the timeout its whole
    process group is killed.
    """
    log = command.folder / "output.log"
    with log.open("wb") as output:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**_bare_environ(), **command.environ},
                cwd=command.folder,
                start_new_session=True,
            )
        except OSError as error:
            return Measurement(0, 0, 0, 0, f"failed: cannot start: {error}")
        sampler = _TreeSampler(process.pid)
        sampler.start()
        timer = threading.Timer(timeout_seconds, _kill_group, (process.pid,))
        timer.start()
        # wait4, not process.wait: only it gives the usage of this child and of the children it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        timer.cancel()
        sampler.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    failure = None
    if process.returncode:
        is_late = process.returncode == -signal.SIGKILL and wall >= timeout_seconds
        failure = f"failed: took more than {timeout_seconds:.0f} s" if is_late else _reason(process.returncode, log)
    cpu = usage.ru_utime + usage.ru_stime
    return Measurement(wall, cpu, sampler.peak_bytes / 1e6, usage.ru_maxrss * 1024 / 1e6, failure)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _bare_environ() -> dict[str, str]:
    """Keep what a program needs to start, so that no setting of this shell speeds or slows one of them."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}


def _reason(code: int, log: Path) -> str:
    lines = [line.strip(" │╭╮╰╯─") for line in log.read_text(errors="replace").splitlines()]
    said = [line for line in lines if line]
    errors = [line for line in said if "rror" in line or "xception" in line]
    return f"failed: exit {code}: {(errors or said or ['it said nothing'])[-1][:200]}"


class _TreeSampler(threading.Thread):
    """Watches the resident size of a process and its descendants until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        """Sample until `stop`, or until the process is gone."""
        try:
            root = psutil.Process(self._pid)
            while not self._done.wait(SAMPLE_SECONDS):
                tree = [root, *root.children(recursive=True)]
                self.peak_bytes = max(self.peak_bytes, sum(map(_resident, tree)))
        except psutil.Error:
            return

    def stop(self) -> None:
        """End the sampling and wait for the thread."""
        self._done.set()
        self.join()


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
