"""What one resource's report is made of, gathered from the events of its run."""

from __future__ import annotations

from conduit.core.accounting import Accounting
from conduit.core.events import (
    BatchPassed,
    Event,
    Noticed,
    RetryScheduled,
    RowsRejected,
    SchemaDrifted,
    ValuesLeftOut,
    ValuesNulled,
)
from conduit.engine.report import Drifted, Rejects
from conduit.schema.conform import Nulled
from conduit.schema.gate import LeftOut


class Tally:
    """A listener that adds up the events of one resource."""

    def __init__(self, resource: str) -> None:
        self._resource = resource
        self.accounting = Accounting()
        self.bytes = 0
        self.notices: list[str] = []
        self._rejects: dict[str, Rejects] = {}
        self._nulled: dict[str, Nulled] = {}
        self._left_out: dict[str, int] = {}
        self._drifts: list[Drifted] = []

    def __call__(self, event: Event) -> None:
        if event.resource != self._resource:
            return
        match event:
            case BatchPassed(accounting=books, bytes=size):
                self.accounting += books
                self.bytes += size
            case RowsRejected(reasons=reasons, first=first):
                for code, count in reasons.items():
                    before = self._rejects.get(code, Rejects(code, 0, first))
                    self._rejects[code] = Rejects(code, before.count + count, before.first)
            case ValuesNulled(column=column, count=count, first=first):
                known = self._nulled.get(column, Nulled(column, 0, first))
                self._nulled[column] = Nulled(column, known.count + count, known.first)
            case ValuesLeftOut(column=column, count=count):
                self._left_out[column] = self._left_out.get(column, 0) + count
            case SchemaDrifted(against=against, drift=drift, summary=summary, ddl=ddl):
                self._drifts.append(Drifted(against, drift, summary, ddl))
            case RetryScheduled():
                # What the failed attempt did is undone.
                self.accounting, self.bytes, self._rejects, self._nulled = Accounting(), 0, {}, {}
                self._left_out, self._drifts = {}, []
            case Noticed(message=message):
                self.notices.append(message)
            case _:
                pass

    @property
    def rejects(self) -> tuple[Rejects, ...]:
        """Rejects by reason, the commonest first."""
        return tuple(sorted(self._rejects.values(), key=lambda reject: -reject.count))

    @property
    def nulled(self) -> tuple[Nulled, ...]:
        """What became null, by column, in the order of the columns' first values."""
        return tuple(self._nulled.values())

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What the contract left out, by column."""
        return tuple(LeftOut(column, count) for column, count in self._left_out.items())

    @property
    def drifts(self) -> tuple[Drifted, ...]:
        """How the structure differed, against the last load and against the destination."""
        return tuple(self._drifts)
