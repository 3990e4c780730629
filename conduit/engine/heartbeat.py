"""Showing that this process lives, for those who wait for its leases on other machines."""

from __future__ import annotations

import threading
from contextlib import suppress

from conduit.errors import StateError
from conduit.state.database import Database
from conduit.state.lease import BEAT_EVERY_SECONDS, Lease, beat


class Heartbeat:
    """Beats the leases that it is given, on a thread of its own, until it is closed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases: dict[str, Lease] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="conduit-heartbeat", daemon=True)
        self._thread.start()

    def add(self, lease: Lease) -> None:
        self._leases[lease.resource] = lease

    def remove(self, lease: Lease) -> None:
        self._leases.pop(lease.resource, None)

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(BEAT_EVERY_SECONDS):
            for lease in list(self._leases.values()):
                # A database that is busy or full now may be well at the next beat; one missed beat loses no lease.
                with suppress(StateError):
                    beat(self._database, lease)
