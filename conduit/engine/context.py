"""What all resources of a run share."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conduit.core.events import Event, Noticed
from conduit.engine.budget import ByteBudget
from conduit.engine.bus import EventBus
from conduit.engine.heartbeat import Heartbeat
from conduit.state.database import Database
from conduit.state.lease import Lease

if TYPE_CHECKING:
    from conduit.engine.replay import Replay


@dataclass(frozen=True, slots=True)
class RunContext:
    """`directory` is the project's folder. `database` and `heartbeat` are None in a dry run, which keeps no state.

    `fresh` loads again what an interrupted run had committed. `replay` sends rejects of the only resource again.
    """

    run_id: str
    directory: Path
    state_dir: Path
    database: Database | None
    heartbeat: Heartbeat | None
    budget: ByteBudget
    bus: EventBus
    stop: threading.Event
    memory: int
    fresh: bool = False
    replay: Replay | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    workers: int = field(default_factory=lambda: max(os.cpu_count() or 1, 1))
    _said: set[str] = field(default_factory=set)

    def notice(self, resource: str, message: str) -> None:
        """Tell the user a sentence about a resource, once."""
        self.tell_once(Noticed(resource=resource, message=message))

    def tell_once(self, event: Event) -> None:
        """Emit an event, unless one that says the same was emitted: a resource may be tried several times."""
        if (said := repr(event)) not in self._said:
            self._said.add(said)
            self.bus.emit(event)

    def heartbeat_of(self, lease: Lease) -> None:
        if self.heartbeat is not None:
            self.heartbeat.add(lease)

    def end_heartbeat_of(self, lease: Lease) -> None:
        if self.heartbeat is not None:
            self.heartbeat.remove(lease)
