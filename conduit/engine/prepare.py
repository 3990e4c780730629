"""From what looking at both ends settles to what an epoch needs: checks, a token, a job, a place for rejects."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.destination import Destination, WriteJob, WriteSession
from conduit.core.events import ResourceStarted
from conduit.core.request import Scan
from conduit.core.source import Source
from conduit.dlq.layout import prune, resource_folder
from conduit.engine.checking import checker_of
from conduit.engine.context import RunContext
from conduit.engine.definition import definition_of
from conduit.engine.drifting import drift_events
from conduit.engine.epoch import EpochPlan
from conduit.engine.observing import observer_of, sorted_out
from conduit.engine.reject_target import reject_root, reject_target
from conduit.engine.residual import Residual
from conduit.engine.slice import SliceContext
from conduit.engine.withheld import Withheld
from conduit.plan.misfits import misfits_of, required_columns
from conduit.plan.request import request_of
from conduit.plan.settle import Settled, settle
from conduit.plan.structure import statements
from conduit.plan.target import target_of
from conduit.registry import destination_class, source_class
from conduit.schema.conform import Conformer
from conduit.schema.gate import gate_of
from conduit.state.schemas import last_accepted

if TYPE_CHECKING:
    from conduit.dlq.writer import DlqWriter
    from conduit.quality.checker import Checker
    from conduit.quality.observer import Observer
    from conduit.quality.profile.summary import Profile
    from conduit.quality.verdict import CheckResult


class Prepared:
    """A resource on its way to an epoch. Nothing is opened before `scan`."""

    def __init__(self, resource: Resource, context: RunContext) -> None:
        self.resource = resource
        self._context = context
        replay = context.replay
        self.source: Source[Any] = (
            replay.source if replay else source_class(resource.source.type)(resource.source.options)
        )
        self.destination: Destination[Any] = destination_class(resource.destination.type)(resource.destination.options)
        self.target = target_of(resource, self.destination)
        self.rejects_to = reject_target(resource)
        self._plan: EpochPlan | None = None
        self._settled: Settled | None = None
        self._checker: Checker | None = None
        self._observer: Observer | None = None
        self._dlq: DlqWriter | None = None

    @property
    def definition(self) -> str:
        """A digest of everything that decides what this resource loads and where."""
        return definition_of(self.resource, self.target)

    @property
    def dlq_folder(self) -> Path:
        """Where the rejects of this run of the resource are kept."""
        return resource_folder(self._dlq_root, self.resource.name) / self._context.run_id

    @property
    def dlq_place(self) -> str:
        """Where the rejects of this run of the resource are, for a person."""
        return self.rejects_to.place if self.rejects_to else str(self.dlq_folder)

    @property
    def _dlq_root(self) -> Path:
        return reject_root(self.resource, self._context.state_dir)

    def prune_rejects(self) -> None:
        """Forget the rejects of older runs, as far as the user wants that."""
        kept = self.resource.dlq
        if kept.keep_runs is not None or kept.keep_days is not None:
            prune(self._dlq_root, self.resource.name, kept.keep_runs, kept.keep_days, datetime.now(UTC))

    def scan(self) -> EpochPlan:
        """Look at the source and the destination, and settle everything that an epoch needs."""
        resource, context = self.resource, self._context
        settled = self._settled = self._settle()
        reconciled, shape, scan = settled.reconciled, settled.shape, settled.scan
        self.close()
        row_checks, table_checks = sorted_out(resource.checks)
        self._checker = checker_of(resource, row_checks, settled, self.destination, self.target.place, context)
        token = f"{context.run_id.split('-')[0]}-{uuid.uuid4().hex[:12]}"
        job = WriteJob(
            table=settled.table,
            schema=reconciled.target,
            mode=settled.mode,
            token=token,
            keys=resource.keys,
            update_columns=resource.update_columns,
            run_id=context.run_id,
            resource=resource.name,
            changes=reconciled.changes or reconciled.pending,
            lacking=tuple(name for name in reconciled.target.names if name not in shape.schema.names),
        )
        ddl = statements(self.destination, job, settled.existing)
        for event in drift_events(resource.name, reconciled, ddl):
            context.tell_once(event)
        for warning in reconciled.warnings:
            context.notice(resource.name, warning)
        if reconciled.pending:
            from conduit.engine.migration import left_to_a_person

            raise left_to_a_person(resource.name, settled.table, ddl, context)
        self._observer = observer_of(resource, table_checks, job.schema, context)
        keep, to = resource.on_reject == "dlq" and context.database is not None, self.rejects_to
        if keep:
            from conduit.dlq.writer import DlqWriter

            self._dlq = DlqWriter(
                self.dlq_folder,
                resource=resource.name,
                run_id=context.run_id,
                token=token,
                row_schema=shape.schema,
                max_file_bytes=resource.dlq.max_file_bytes,
            )
        context.bus.emit(
            ResourceStarted(
                resource=resource.name,
                source=f"{resource.source.name} ({resource.source.type})",
                destination=self.target.place,
                mode=settled.mode.value,
                rows_estimate=scan.rows_estimate,
                bytes_estimate=scan.bytes_estimate,
                partitions=len(scan.partitions),
            )
        )
        self._plan = EpochPlan(
            destination=self.destination,
            job=job,
            dlq=self.dlq_folder if keep else None,
            fingerprint=scan.fingerprint,
            partitions=scan.partitions,
            workers=context.workers,
            reject_write=to.write(token, context.run_id, resource.name) if keep and to else None,
            replays=context.replay.taken if context.replay else {},
            accepts=None if context.replay or reconciled.reject_all else reconciled.accepts,
            withheld=reconciled.reject_all,
        )
        return self._plan

    def begin(self) -> WriteSession:
        """The session of the epoch: the destination's, unless the contract keeps every row from it."""
        _, plan = self._looked()
        return Withheld(plan.job.token) if plan.withheld else self.destination.begin(plan.job)

    def slice_context(self, session: WriteSession | None) -> SliceContext:
        """What the slices of the epoch share; `session` None for a dry run."""
        (settled, plan), context = self._looked(), self._context
        scan, shape, target = settled.scan, settled.shape, plan.job.schema
        left = replace(settled.request.without(scan.absorbed), limit=self._limit_left(scan))
        gate = gate_of(shape.schema, settled.reconciled)
        nulling = settled.reconciled.nulling
        return SliceContext(
            resource=self.resource.name,
            source=self.source,
            # All of it: what was not absorbed may still help a source to read less (row groups that cannot match).
            request=replace(
                settled.request,
                limit=scan.absorbed.limit,
                dictionaries=session is not None and self._takes_dictionaries(scan.schema, target),
            ),
            residual=Residual(left, scan.schema, f"resource {self.resource.name!r}"),
            shape=shape,
            checker=self._checker,
            observer=self._observer,
            gate=gate,
            conformer=Conformer(
                gate.schema if gate else shape.schema,
                target,
                self.target.place,
                nulling=nulling and nulling - required_columns(self.resource, target),
            ),
            misfits=misfits_of(self.resource, target),
            session=session,
            dlq=self._dlq,
            budget=context.budget,
            bus=context.bus,
            stop=context.stop,
        )

    def read_keys(self) -> None:
        """Read the keys that checks compare with, before a session takes hold of the destination."""
        if self._checker is not None:
            self._checker.read_keys()

    def check_results(self) -> tuple[CheckResult, ...]:
        of_rows = self._checker.results() if self._checker else ()
        return (*of_rows, *(self._observer.results() if self._observer else ()))

    def profile(self) -> Profile | None:
        """The profile of the rows that passed; None where it is off."""
        return self._observer.profile() if self._observer else None

    def close(self) -> None:
        for held in (self._checker, self._observer):
            if held is not None:
                held.close()

    def _takes_dictionaries(self, source: pa.Schema, target: pa.Schema) -> bool:
        """Whether nothing but the profile looks at values on their way to a destination that takes them encoded."""
        looked_at = self.resource.checks or self.resource.filter or self.resource.cast
        return self.destination.spec.dictionaries and not looked_at and source.equals(target)

    def _limit_left(self, scan: Scan) -> int | None:
        limit = self.resource.limit
        return None if limit is not None and scan.absorbed.limit == limit else limit

    def _settle(self) -> Settled:
        resource, context = self.resource, self._context
        replay, database = context.replay, context.database
        # Rejects are no observation of the source: what they look like is compared with nothing.
        last = last_accepted(database, resource.name) if database is not None and replay is None else None
        return settle(
            resource,
            self.source,
            self.destination,
            request_of(
                resource,
                partitions=context.workers,
                notice=lambda message: context.notice(resource.name, message),
            ),
            last.schema if last else None,
            shape=partial(replay.shape, f"resource {resource.name!r}") if replay else None,
        )

    def _looked(self) -> tuple[Settled, EpochPlan]:
        if self._settled is None or self._plan is None:
            raise RuntimeError("scan comes first")
        return self._settled, self._plan


@contextmanager
def prepare(resource: Resource, context: RunContext) -> Iterator[Prepared]:
    """A prepared resource, whose temporary files are gone afterwards."""
    prepared = Prepared(resource, context)
    try:
        yield prepared
    finally:
        prepared.close()
        prepared.source.close()
