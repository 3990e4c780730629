"""A resource's batches without a destination: what the notebook iterates over."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.config.project import DEFAULT_MEMORY, Resource
from conduit.core.events import Event, RowsRejected, ValuesNulled
from conduit.engine.budget import ByteBudget
from conduit.engine.bus import EventBus
from conduit.engine.context import RunContext
from conduit.engine.prepare import prepare
from conduit.engine.slice import slice_batches
from conduit.engine.slicing import slices_of

if TYPE_CHECKING:
    from conduit.quality.verdict import CheckResult


class Stream:
    """Reads, shapes and checks like a run, and keeps no state. Use it in a `with` block."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._closing = ExitStack()
        self.rejected = 0
        self.first = ""
        self.nulled: Counter[str] = Counter()

    def __enter__(self) -> Stream:
        context = RunContext(
            run_id=f"stream-{uuid.uuid4().hex[:8]}",
            directory=Path(),
            state_dir=Path(),
            database=None,
            heartbeat=None,
            budget=ByteBudget(DEFAULT_MEMORY // 4),
            bus=EventBus("", [self._hear]),
            stop=threading.Event(),
            memory=DEFAULT_MEMORY,
        )
        self._prepared = self._closing.enter_context(prepare(self._resource, context))
        self._plan = self._prepared.scan()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def schema(self) -> pa.Schema:
        return self._plan.job.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches in order; rejects are counted in `rejected`, and by column what became null in `nulled`.

        Raises QualityError at the end when the whole fails."""
        context = self._prepared.slice_context(None)
        for task in slices_of(self._plan.partitions, one_writer=True):
            yield from slice_batches(task, context)
        if context.observer is not None:
            context.observer.finish()

    def failed_of_all(self) -> list[CheckResult]:
        """The checks of the whole load that have failed, once the batches have ended."""
        return [result for result in self._prepared.check_results() if result.failed and result.observed]

    def _hear(self, event: Event) -> None:
        if isinstance(event, RowsRejected):
            self.rejected += sum(event.reasons.values())
            self.first = self.first or event.first
        elif isinstance(event, ValuesNulled):
            self.nulled[event.column] += event.count
