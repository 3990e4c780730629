"""Ctrl-C is a request first and an order second: nothing half visible, and never a process that cannot be ended."""

from __future__ import annotations

import signal
import subprocess
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
        while "stopping" not in process.stderr.readline():
            pass
        process.send_signal(second)
        assert process.wait(timeout=60) == code


def test_what_a_run_raises_is_raised_where_it_was_asked_for() -> None:
    done = subprocess.run(watched("broken"), capture_output=True, text=True, env=environ({}))
    assert "conduit.errors.SourceError: a.csv: No such file." in done.stderr


def test_the_former_signal_handlers_are_back_afterwards() -> None:
    from conduit.cli.signals import Interruptible

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert Interruptible[int](print).run(lambda stop: 7) == 7
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
