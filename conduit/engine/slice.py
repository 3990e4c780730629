"""One slice: some partitions of a source, read, shaped, checked, conformed and staged. The same on any executor."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.accounting import Accounting
from conduit.core.destination import Staged, WriteSession
from conduit.core.events import BatchPassed, RowsRejected, ValuesLeftOut, ValuesNulled
from conduit.core.fault import failpoint
from conduit.core.message import Malformed, Mark, Message, Rows
from conduit.core.position import Json
from conduit.core.reject import Rejected
from conduit.core.request import Partition, ReadRequest
from conduit.core.source import Source
from conduit.engine.budget import ByteBudget
from conduit.engine.bus import EventBus
from conduit.engine.prefetch import prefetch
from conduit.engine.residual import Residual
from conduit.engine.trace import Trace
from conduit.errors import Cancelled, DataError, FatalError
from conduit.schema.conform import Conformed, Conformer, Misfits
from conduit.schema.shape import Shape

if TYPE_CHECKING:
    from conduit.dlq.writer import DlqWriter
    from conduit.quality.checker import Checker
    from conduit.quality.observer import Observer
    from conduit.schema.gate import Gate


@dataclass(frozen=True, slots=True)
class SliceTask:
    """Partitions that one worker handles one after the other. `id` is stable between two runs over the same data."""

    id: str
    partitions: tuple[Partition, ...]


@dataclass(frozen=True, slots=True)
class SliceContext:
    """What all slices of an epoch share.

    `gate` None: all that comes has a place. `dlq` None: rejects fail the run. `session` None: a dry run.
    """

    resource: str
    source: Source[Any]
    request: ReadRequest
    residual: Residual
    shape: Shape
    checker: Checker | None
    observer: Observer | None
    gate: Gate | None
    conformer: Conformer
    misfits: Misfits
    session: WriteSession | None
    dlq: DlqWriter | None
    budget: ByteBudget
    bus: EventBus
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class SliceResult:
    """What a slice did: its durable pieces, its books, and how far each partition was read."""

    staged: tuple[Staged, ...]
    accounting: Accounting
    positions: Mapping[str, Json] = field(default_factory=dict)


def run_slice(task: SliceTask, context: SliceContext) -> SliceResult:
    """Handle one slice to its end. Raises what the source, a check or the destination raises; Cancelled on a stop."""
    work = _Slice(task, context)
    if context.session is None:
        written = sum(batch.num_rows for batch in work.batches())
        staged: tuple[Staged, ...] = ()
    else:
        staged = tuple(context.session.stage(task.id, work.batches()))
        written = sum(piece.rows for piece in staged)
    failpoint("slice.staged")
    books = Accounting(work.read, written, work.rejected, work.filtered)
    return SliceResult(staged, books, work.positions)


def slice_batches(task: SliceTask, context: SliceContext) -> Iterator[pa.RecordBatch]:
    """The batches of one slice that would be staged, for somebody who takes them instead of a destination."""
    return _Slice(task, context).batches()


class _Slice:
    """The counters of a slice, and the generator in which they are counted: each where its rows are."""

    def __init__(self, task: SliceTask, context: SliceContext) -> None:
        self._task = task
        self._context = context
        self.read = self.rejected = self.filtered = 0
        self.positions: dict[str, Json] = {}
        self._since_position: dict[str, int] = {}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches that may be staged, in order; everything else is counted and kept on the way."""
        context = self._context
        ahead = prefetch(self._messages(), context.budget, _size_of)
        try:
            for partition, message in ahead:
                if context.stop.is_set():
                    raise Cancelled(f"The resource {context.resource!r} was stopped.", remedy="Nothing was committed.")
                match message:
                    case Rows():
                        passed = self._pass(partition, message)
                        if passed.num_rows:
                            yield passed
                        if context.residual.exhausted:
                            return
                    case Mark(position):
                        self.positions[partition.id] = position.value
                        self._since_position[partition.id] = 0
                    case Malformed(data):
                        self._malformed(partition, data)
                    case _:
                        raise FatalError(
                            f"The source sent {type(message).__name__}, which the write mode cannot take.",
                            place=context.resource,
                        )
        finally:
            ahead.close()

    def _messages(self) -> Generator[tuple[Partition, Message], None, None]:
        for partition in self._task.partitions:
            for message in self._context.source.read(partition, self._context.request, None):
                yield partition, message

    def _pass(self, partition: Partition, message: Rows) -> pa.RecordBatch:
        context, data = self._context, message.data
        self.read += data.num_rows
        failpoint("slice.batch")
        kept = context.residual.keep(data)
        self.filtered += (dropped := data.num_rows - kept.num_rows)
        trace = self._trace(partition, message, kept.num_rows)
        lost = 0
        shaped = context.shape.apply(kept, context.misfits)
        lost += self._misfit(partition, shaped, trace)
        passed = shaped.passed
        if context.checker is not None:
            verdict = context.checker.judge(passed)
            lost += self._reject(partition, verdict.rejected, trace)
            passed = verdict.passed
        if context.gate is not None:
            gated = context.gate.apply(passed)
            lost += self._reject(partition, gated.rejected, trace)
            for column in gated.left_out:
                context.bus.emit(ValuesLeftOut(resource=context.resource, column=column.column, count=column.count))
            passed = gated.passed
        conformed = context.conformer.conform(passed, context.misfits)
        lost += self._misfit(partition, conformed, trace)
        if context.observer is not None:
            context.observer.observe(conformed.passed)
        self.rejected += lost
        books = Accounting(data.num_rows, conformed.passed.num_rows, lost, dropped)
        context.bus.emit(BatchPassed(resource=context.resource, accounting=books, bytes=data.nbytes))
        return conformed.passed

    def _trace(self, partition: Partition, message: Rows, kept: int) -> Trace:
        ahead = self._since_position.get(partition.id, 0)
        self._since_position[partition.id] = ahead + message.data.num_rows
        since = self.positions.get(partition.id)
        return Trace(message, since, ahead, lambda: self._context.residual.numbers_kept(message.data, kept))

    def _misfit(self, partition: Partition, conformed: Conformed, trace: Trace) -> int:
        """Tell of what does not fit its type, and give the number of rows that were rejected for it."""
        context, rejected = self._context, conformed.rejected
        if context.misfits.action == "fail" and context.session is not None and rejected is not None:
            places, first = trace.lose(rejected), rejected.reasons.slice(0, 1).to_pylist()[0]
            raise DataError(
                f"A value of the column {first['column']!r} cannot be held without loss: {first['message']}.",
                place=_place_of(places, 0) or context.resource,
                remedy="Correct it, `cast:` the column to a type that holds it, or set `on_type_error: dlq` to keep "
                "such rows aside and load the others.",
            )
        for column in conformed.nulled:
            context.bus.emit(
                ValuesNulled(resource=context.resource, column=column.column, count=column.count, first=column.first)
            )
        return self._reject(partition, rejected, trace)

    def _reject(self, partition: Partition, rejected: Rejected | None, trace: Trace) -> int:
        if rejected is None or not rejected.rows.num_rows:
            return 0
        places = trace.lose(rejected)
        self._report(rejected.reasons, places)
        if self._context.dlq is not None:
            self._context.dlq.add_rejected(rejected.rows, rejected.reasons, partition=partition.id, places=places)
        return int(rejected.rows.num_rows)

    def _malformed(self, partition: Partition, data: pa.RecordBatch) -> None:
        self.read += data.num_rows
        self.rejected += data.num_rows
        self._report(data, data)
        if self._context.dlq is not None:
            self._context.dlq.add_malformed(data, partition=partition.id)
        books = Accounting(read=data.num_rows, rejected=data.num_rows)
        self._context.bus.emit(BatchPassed(resource=self._context.resource, accounting=books, bytes=data.nbytes))

    def _report(self, reasons: pa.RecordBatch, places: pa.RecordBatch) -> None:
        """Tell of rejects, one event for each reason; fail at the first where nobody keeps them and it counts."""
        counted = reasons["code"].value_counts().to_pylist()
        for code, count in ((str(entry["values"]), int(entry["counts"])) for entry in counted):
            number = pc.index(reasons["code"], code).as_py()
            first = reasons.slice(number, 1).to_pylist()[0]
            place = _place_of(places, number)
            if self._context.dlq is None and self._context.session is not None:
                raise DataError(
                    f"A row was rejected: {first['message']}.",
                    place=place or self._context.resource,
                    remedy="Correct it, or set `on_reject: dlq` to keep such rows aside and load the others.",
                )
            sentence = f"{place}: {first['message']}" if place else str(first["message"])
            self._context.bus.emit(RowsRejected(resource=self._context.resource, reasons={code: count}, first=sentence))


def _place_of(places: pa.RecordBatch, number: int) -> str:
    known = [places[part][number].as_py() for part in ("file", "line")]
    return ":".join(str(part) for part in known if part is not None)


def _size_of(item: tuple[Partition, Message]) -> int:
    message = item[1]
    return 0 if isinstance(message, Mark) else int(message.data.nbytes)
