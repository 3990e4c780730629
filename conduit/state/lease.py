"""One run of a resource at a time: a lease with a fence, taken over when its holder is provably dead."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from datetime import datetime

from conduit.errors import Locked, StateError
from conduit.state.database import Database

# A holder on another machine cannot be looked at: it is dead when it has not shown itself for so long.
DEAD_AFTER_SECONDS = 120.0
BEAT_EVERY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run `resource`, until `release`. `taken_over` says whose lease it was, if its holder had died."""

    resource: str
    fence: int
    taken_over: str = ""


def acquire(database: Database, resource: str, run_id: str, *, clock: float | None = None) -> Lease:
    """Take the lease of a resource. Raises Locked, saying who holds it since when, while its holder lives."""
    now = time.time() if clock is None else clock
    # No loss of power is survived by the holder: what a lease protects is made durable with it, in one log.
    with database.transaction(durable=False):
        held = database.run("lease", resource=resource)
        taken_over = ""
        if held and held[0]["run_id"]:
            holder = held[0]
            who = f"process {holder['pid']} on {holder['host']} (run {holder['run_id']})"
            if process_lives(holder["host"], holder["pid"], holder["born"], now - holder["beat"]):
                since = datetime.fromtimestamp(holder["since"]).astimezone()
                raise Locked(
                    f"The resource {resource!r} is being run by {who} since {since:%Y-%m-%d %H:%M:%S %Z}.",
                    remedy="Wait until it has finished, or stop that process.",
                    place=resource,
                )
            taken_over = who
        row = database.run(
            "take_lease",
            resource=resource,
            run_id=run_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            born=process_birth(os.getpid()),
            at=now,
        )[0]
    return Lease(resource, int(row["fence"]), taken_over)


def release(database: Database, lease: Lease) -> None:
    """Give the lease back; nothing happens when somebody else has taken it over."""
    database.run("free_lease", resource=lease.resource, fence=lease.fence)


def beat(database: Database, lease: Lease) -> None:
    """Show that the holder lives."""
    database.run("beat_lease", resource=lease.resource, fence=lease.fence, at=time.time())


def require_held(database: Database, lease: Lease) -> None:
    """Raise StateError when the lease is no longer ours; called inside the transaction that depends on it."""
    held = database.run("lease", resource=lease.resource)
    if not held or held[0]["fence"] != lease.fence:
        raise StateError(
            f"The lease of {lease.resource!r} was taken over by another process.",
            remedy="This run's last load is settled by the next run of the resource.",
            place=lease.resource,
        )


def process_birth(pid: int) -> str:
    """When a process began, in the kernel's own count; empty where that cannot be known, or when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            facts = file.read().rpartition(b")")[2].split()
        if facts[0] in (b"Z", b"X"):
            # Killed, and its parent has not asked yet: it has a pid still, and will never do anything again.
            return ""
        ticks = facts[19].decode()
        with open("/proc/sys/kernel/random/boot_id") as file:
            return f"{file.read().strip()}:{ticks}"
    except (OSError, IndexError):
        return ""


def process_lives(host: str, pid: int, born: str, silent_seconds: float = 0.0) -> bool:
    """Whether a process still exists; one on another machine is believed until it has been silent for long."""
    if host != socket.gethostname():
        return silent_seconds < DEAD_AFTER_SECONDS
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not born or process_birth(pid) == born
