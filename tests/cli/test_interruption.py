"""Ctrl-C is a request first and an order second: nothing half visible, and never a process that cannot be ended."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .processes import environ, watched


@contextmanager
def _run(how: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        watched(how, "json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ({})
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_stops_the_run_and_the_summary_is_still_shown(number: signal.Signals, code: int) -> None:
    with _run("cancelled") as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code
    assert f"{number.name}: stopping at the next batch" in errors
    assert "! Cancelled: 0 of 1 resource loaded" in errors
    assert "1,000 rows that orders had read were not committed." in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_leaves_at_once(second: signal.Signals, code: int) -> None:
    with _run("stubborn") as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        while "stopping" not in (line := process.stderr.readline()):
            assert line, "the process ended without a word"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
        while process.poll() is None:
            process.send_signal(second)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
        assert process.returncode == code


def test_a_signal_that_a_parent_sends_twice_counts_once() -> None:
    with _run("cancelled") as process:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (130, 143)
    assert "! Cancelled" in errors


def test_what_polars_computes_is_not_torn_by_a_signal() -> None:
    with _run("computing") as process:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
    assert "! Cancelled" in errors
    assert "Interrupted" not in errors


def test_what_a_run_raises_is_raised_where_it_was_asked_for() -> None:
    done = subprocess.run(watched("broken"), capture_output=True, text=True, env=environ({}))
    assert "conduit.errors.SourceError: a.csv: No such file." in done.stderr


def test_signals_are_let_through_again_afterwards() -> None:
    from conduit.cli.signals import Interruptible

    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert Interruptible[int](print).run(lambda stop: 7) == 7
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    assert signal.sigpending() == set()


def test_a_signal_at_the_very_end_does_not_undo_it() -> None:
    script = """
import os, signal
from conduit.cli.signals import Interruptible
def late(stop):
    os.kill(os.getpid(), signal.SIGINT)
    return 7
print([Interruptible(lambda text: None).run(late) for _ in range(100)] == [7] * 100)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ({}), timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
