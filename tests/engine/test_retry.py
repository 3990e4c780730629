"""An error that may pass is tried again, from the beginning, with nothing left of the attempt before."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import stamina

from conduit.engine.retry import ATTEMPTS, with_retries
from conduit.errors import CommitUnknown, SourceError, TransientError


@pytest.fixture(autouse=True)
def _no_waiting() -> object:
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


class Flaky:
    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def test_a_transient_error_is_tried_again_and_told() -> None:
    told: list[int] = []
    flaky = Flaky(TransientError("busy"), TransientError("busy"))
    assert with_retries(flaky, lambda attempt, wait, cause: told.append(attempt)) == "done"
    assert (flaky.calls, told) == (3, [2, 3])


def test_it_ends_after_so_many_attempts_with_the_last_error() -> None:
    flaky = Flaky(*(TransientError(f"busy {n}") for n in range(9)))
    with pytest.raises(TransientError, match="busy 3"):
        with_retries(flaky, lambda *_: None)
    assert flaky.calls == ATTEMPTS


@pytest.mark.parametrize("error", [SourceError("gone"), CommitUnknown("lost while committing"), ValueError("a defect")])
def test_what_will_not_pass_and_what_may_have_landed_is_not_tried_again(error: Exception) -> None:
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        with_retries(flaky, lambda *_: None)
    assert flaky.calls == 1


def test_a_database_that_another_process_holds_is_tried_until_it_is_free(tmp_path: Path) -> None:
    """DuckDB gives a file to one process; a load waits its turn and then loads each row once."""
    import subprocess
    import sys

    import conduit
    from conduit.core.events import RetryScheduled

    path = tmp_path / "held.duckdb"
    code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    retries = []

    def listen(event: object) -> None:
        if isinstance(event, RetryScheduled):
            retries.append(event)
            if holder.poll() is None:
                holder.communicate("\n")

    report = conduit.read("generate", rows=1000).to(path, table="t", state_dir=tmp_path / "state", on_event=listen)
    assert report.accounting.written == 1000
    assert retries
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(1000,)]


def test_what_an_attempt_says_is_said_once_and_the_library_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import conduit
    from conduit.core.events import Event, Noticed, RetryScheduled

    (tmp_path / "orders.csv").write_text("id\n1\n")
    heard: list[Event] = []
    with pytest.raises(TransientError):
        conduit.read(tmp_path / "orders.csv").to(
            "postgresql://loader:hidden@127.0.0.1:1/shop", name="orders", state_dir=tmp_path / "state",
            on_event=heard.append,
        )  # fmt: skip
    retries = [event for event in heard if isinstance(event, RetryScheduled)]
    assert [event.attempt for event in retries] == [2, 3, 4]
    assert all("\n" not in event.cause and "hidden" not in event.cause for event in retries)
    notices = [event.message for event in heard if isinstance(event, Noticed)]
    assert len(notices) == len(set(notices)) >= 1
    assert "stamina" not in "".join(capfd.readouterr())
