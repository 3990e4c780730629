"""From a resource's definition to what an epoch needs: connectors, the request, shapes, checks, a token."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.destination import Destination, WriteJob, WriteSession
from conduit.core.events import ResourceStarted
from conduit.core.predicate import parse_predicate
from conduit.core.request import ReadRequest, Scan
from conduit.core.source import Source
from conduit.core.spec import WriteMode
from conduit.dlq.layout import prune, resource_folder
from conduit.engine.context import RunContext
from conduit.engine.epoch import EpochPlan
from conduit.engine.misfits import misfits_of
from conduit.engine.observing import observer_of, sorted_out
from conduit.engine.reject_target import reject_root, reject_target
from conduit.engine.residual import Residual, filter_columns
from conduit.engine.shape import Shape
from conduit.engine.slice import SliceContext
from conduit.errors import ConfigError, SchemaError
from conduit.registry import destination_class, source_class
from conduit.schema.conform import Conformer

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
        self.mode = resource.mode or self.destination.default_mode()
        self.table = resource.table or self.destination.table(resource.name)
        self.rejects_to = reject_target(resource)
        self._request = ReadRequest()
        self._plan: EpochPlan | None = None
        self._scan: Scan | None = None
        self._shape: Shape | None = None
        self._checker: Checker | None = None
        self._observer: Observer | None = None
        self._dlq: DlqWriter | None = None

    @property
    def destination_name(self) -> str:
        """Where the data goes, for a person."""
        path = getattr(self.resource.destination.options, "path", None)
        kind = self.resource.destination.type
        return f"{path} ({self.table})" if path and kind in ("duckdb", "sqlite") else str(path or kind)

    @property
    def definition(self) -> str:
        """A digest of everything that decides what this resource loads and where; secrets are masked in it."""
        ends = (self.resource.source, self.resource.destination)
        # An object in memory has no text of its own; what it holds is the fingerprint's business.
        parts = [(end.type, end.options.model_dump_json(fallback=lambda value: type(value).__name__)) for end in ends]
        shaping = (
            self.table,
            self.mode,
            self.resource.keys,
            self.resource.columns,
            sorted(self.resource.rename.items()),
        )
        checks = (sorted(self.resource.cast.items()), self.resource.filter, self.resource.limit, self.resource.checks)
        # Only where it is set, so that what an earlier release had interrupted is still known.
        misfits = () if self.resource.on_type_error == "dlq" else (self.resource.on_type_error,)
        return hashlib.sha256(repr((parts, shaping, checks, *misfits)).encode()).hexdigest()

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
        self._request = _request(resource, context)
        scan = self._scan = self.source.scan(self._request)
        place = f"resource {resource.name!r}"
        shape = self._shape = (
            context.replay.shape(place)
            if context.replay
            else Shape(
                scan.schema,
                resource.columns,
                resource.rename,
                resource.cast,
                place,
                may_be_null=resource.on_type_error == "null",
            )
        )
        self.close()
        row_checks, table_checks = sorted_out(resource.checks)
        if row_checks:
            from conduit.engine.keys import KeyPlaces
            from conduit.quality.checker import Checker

            asked = ReadRequest(partitions=context.workers, notice=self._request.notice)
            keys = KeyPlaces(self.destination, self.destination_name, self.table, self.mode, asked, context.stop)
            self._checker = Checker(
                row_checks,
                shape.schema,
                elsewhere=keys.elsewhere,
                spill_directory=context.state_dir / "spill" if context.database else None,
                max_failures=resource.max_failures,
                max_failure_rate=resource.max_failure_rate,
            )
        token = f"{context.run_id.split('-')[0]}-{uuid.uuid4().hex[:12]}"
        job = WriteJob(
            table=self.table,
            schema=self._target(shape.schema),
            mode=self.mode,
            token=token,
            keys=resource.keys,
            update_columns=resource.update_columns,
            run_id=context.run_id,
            resource=resource.name,
        )
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
                destination=self.destination_name,
                mode=self.mode.value,
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
        )
        return self._plan

    def slice_context(self, session: WriteSession | None) -> SliceContext:
        """What the slices of the epoch share; `session` None for a dry run."""
        scan, shape, plan, context = self._scan, self._shape, self._plan, self._context
        if scan is None or shape is None or plan is None:
            raise RuntimeError("scan comes first")
        left = replace(self._request.without(scan.absorbed), limit=self._limit_left(scan))
        return SliceContext(
            resource=self.resource.name,
            source=self.source,
            # All of it: what was not absorbed may still help a source to read less (row groups that cannot match).
            request=replace(
                self._request,
                limit=scan.absorbed.limit,
                dictionaries=session is not None and self._takes_dictionaries(scan.schema, plan.job.schema),
            ),
            residual=Residual(left, scan.schema, f"resource {self.resource.name!r}"),
            shape=shape,
            checker=self._checker,
            observer=self._observer,
            conformer=Conformer(shape.schema, plan.job.schema, self.destination_name),
            misfits=misfits_of(self.resource, plan.job.schema),
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

    def _target(self, schema: pa.Schema) -> pa.Schema:
        """The schema that the destination will be given: its own, where it has one that rows are added to."""
        if self.mode not in self.destination.spec.modes:
            known = ", ".join(sorted(mode.value for mode in self.destination.spec.modes))
            raise ConfigError(
                f"The destination {self.destination.spec.name!r} has no mode {self.mode.value!r}.",
                place=f"resource {self.resource.name!r}",
                remedy=f"It has: {known}.",
            )
        existing = None if self.mode is WriteMode.FULL_REFRESH else self.destination.describe(self.table)
        if existing is None:
            return schema
        if self.destination.spec.typed:
            return existing
        if set(existing.names) != set(schema.names):
            raise SchemaError(
                f"The columns that are there ({', '.join(existing.names)}) are not those that come "
                f"({', '.join(schema.names)}).",
                place=self.destination_name,
                remedy="Use `columns:` or `rename:`, or refresh the destination in full.",
            )
        return pa.schema([schema.field(name) for name in existing.names])


@contextmanager
def prepare(resource: Resource, context: RunContext) -> Iterator[Prepared]:
    """A prepared resource, whose temporary files are gone afterwards."""
    prepared = Prepared(resource, context)
    try:
        yield prepared
    finally:
        prepared.close()
        prepared.source.close()


def _request(resource: Resource, context: RunContext) -> ReadRequest:
    columns = resource.columns
    if columns is not None and resource.filter:
        columns = tuple(dict.fromkeys((*columns, *filter_columns(resource.filter))))
    return ReadRequest(
        columns=columns,
        filter=parse_predicate(resource.filter) if resource.filter else None,
        # A limit counts the rows that pass the filter: only the engine can, when there is one.
        limit=None if resource.filter else resource.limit,
        partitions=context.workers,
        notice=lambda message: context.notice(resource.name, message),
    )
