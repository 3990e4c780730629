"""One run of a resource at a time: the living keep their lease, the dead lose it, and who lost it cannot confirm."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conduit.errors import Locked, StateError
from conduit.state.database import Database
from conduit.state.lease import DEAD_AFTER_SECONDS, acquire, beat, process_birth, release, require_held

HOLD = "import sys; from pathlib import Path; from conduit.state.database import Database; "
HOLD += "from conduit.state.lease import acquire; acquire(Database(Path(sys.argv[1])), 'orders', 'theirs'); "
HOLD += "print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state.db")


def _held_elsewhere(database: Database, **facts: object) -> None:
    """A lease whose holder is as `facts` say."""
    acquire(database, "orders", "theirs")
    for name, value in facts.items():
        database.execute_text(f"UPDATE leases SET {name} = :value", {"value": value})


def _other_process(database: Database) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_living_holder_is_named_with_the_time_since_when(database: Database) -> None:
    acquire(database, "orders", "theirs", clock=1_800_000_000)
    with pytest.raises(Locked) as raised:
        acquire(database, "orders", "ours")
    assert f"process {os.getpid()} on {socket.gethostname()} (run theirs) since 2027-01-1" in raised.value.message
    assert raised.value.exit_code == 75


def test_another_resource_and_a_lease_given_back_are_free(database: Database) -> None:
    lease = acquire(database, "orders", "theirs")
    assert acquire(database, "customers", "ours").taken_over == ""
    release(database, lease)
    again = acquire(database, "orders", "ours")
    assert (again.taken_over, again.fence) == ("", 2)


def test_a_process_that_was_killed_loses_its_lease(database: Database) -> None:
    """Even while its parent has not asked how it ended: until then the kernel still knows the process."""
    process = _other_process(database)
    with pytest.raises(Locked):
        acquire(database, "orders", "ours")
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert f"process {process.pid} " in acquire(database, "orders", "ours").taken_over
    process.communicate()


def test_a_process_id_that_is_used_again_is_another_process(database: Database) -> None:
    _held_elsewhere(database, born=process_birth(os.getpid()) + "0")
    assert "run theirs" in acquire(database, "orders", "ours").taken_over


def test_a_holder_on_another_machine_is_dead_when_it_was_silent_for_long(database: Database) -> None:
    _held_elsewhere(database, host="elsewhere", beat=time.time())
    with pytest.raises(Locked, match="on elsewhere"):
        acquire(database, "orders", "ours")
    _held_elsewhere_silent = time.time() - DEAD_AFTER_SECONDS - 1
    database.execute_text("UPDATE leases SET beat = :at", {"at": _held_elsewhere_silent})
    assert "on elsewhere" in acquire(database, "orders", "ours").taken_over


def test_who_lost_the_lease_cannot_confirm_beat_or_release_it(database: Database) -> None:
    lost = acquire(database, "orders", "theirs")
    database.execute_text("UPDATE leases SET born = 'long ago'")
    ours = acquire(database, "orders", "ours")
    with pytest.raises(StateError, match="taken over"):
        require_held(database, lost)
    beat(database, lost)
    release(database, lost)
    require_held(database, ours)
    assert database.run("lease", resource="orders")[0]["run_id"] == "ours"
