"""From a resource to its plan: source and destination are looked at as a run would, and nothing is touched."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.destination import WriteJob
from conduit.core.request import ReadRequest, Scan
from conduit.core.source import Source
from conduit.core.spec import Commit, WriteMode
from conduit.errors import SchemaError, UnknownName
from conduit.plan.filtering import filter_expression
from conduit.plan.guarantee import guarantee_of
from conduit.plan.judged import planned_checks, require_load_can_be_judged, require_rows_can_be_judged
from conduit.plan.losses import losses_of
from conduit.plan.noted import Noted, Problem
from conduit.plan.request import request_of
from conduit.plan.resource_plan import ResourcePlan, Structure
from conduit.plan.scanned import Scanned
from conduit.plan.settle import Settled, settle, shape_of
from conduit.plan.structure import described, statements
from conduit.plan.target import require_mode, target_of
from conduit.plan.volume import replaced_by_refresh, volume_of
from conduit.registry import destination_class, source_class
from conduit.schema.drift import drift


@dataclass(frozen=True, slots=True)
class Outlook:
    """How to look: for so many partitions as are useful, knowing what was accepted last (None: nothing was).

    `offline`: at neither source nor destination; what was accepted last stands for what comes.
    """

    partitions: int = 1
    accepted: pa.Schema | None = None
    offline: bool = False


def plan_of(resource: Resource, outlook: Outlook, source: Source[Any] | None = None) -> ResourcePlan:
    """The plan of one resource. What is wrong with it is among its problems, and nothing is raised.

    `source` is asked in place of the one that the resource names.
    """
    noted = Noted()
    plan = ResourcePlan(
        resource.name,
        f"{resource.source.name} ({resource.source.type})",
        f"{resource.destination.name} ({resource.destination.type})",
        checks=planned_checks(resource),
    )
    found = noted.attempt(lambda: _Looking(resource, outlook, noted, source).plan(plan))
    return replace(found or plan, problems=noted.problems, notices=noted.notices)


class _Looking:
    """One look around. What goes wrong is noted, and what does not depend on it is looked at all the same."""

    def __init__(self, resource: Resource, outlook: Outlook, noted: Noted, source: Source[Any] | None) -> None:
        self._resource = resource
        self._outlook = outlook
        self._noted = noted
        self._source = source or source_class(resource.source.type)(resource.source.options)
        self._destination = destination_class(resource.destination.type)(resource.destination.options)
        self._target = target_of(resource, self._destination)

    def plan(self, plan: ResourcePlan) -> ResourcePlan:
        target, spec = self._target, self._destination.spec
        plan = replace(plan, table=target.table, place=target.place, mode=target.mode.value)
        plan = replace(plan, guarantee=guarantee_of(spec, target.mode, None))
        self._noted.attempt(lambda: require_mode(self._resource, self._destination, target.mode))
        if self._outlook.offline:
            return replace(plan, structure=self._remembered())
        with closing(self._source):
            asked = self._noted.attempt(self._asked)
            if asked is None:
                # What is wrong with the other end is told all the same.
                self._noted.attempt(lambda: self._destination.describe(target.table))
                return plan
            request, scan = asked
            volume, guarantee = volume_of(scan, self._resource), guarantee_of(spec, target.mode, scan)
            return self._settled(replace(plan, volume=volume, guarantee=guarantee), request, scan)

    def _remembered(self) -> Structure | None:
        known, noted = self._outlook.accepted, self._noted
        if known is None:
            noted.notice("It was never loaded, so its columns are not known without looking at the source.")
            return None
        noted.notice("Neither source nor destination was looked at: the columns are those of the last load.")
        noted.attempt(lambda: require_rows_can_be_judged(self._resource, known, None, self._target))
        noted.attempt(lambda: require_load_can_be_judged(self._resource, known))
        stored = noted.attempt(lambda: self._destination.stored(known))
        return Structure(known, known if stored is None else stored)

    def _asked(self) -> tuple[ReadRequest, Scan]:
        request = request_of(self._resource, partitions=self._outlook.partitions, notice=self._noted.notice)
        return request, self._source.scan(request)

    def _settled(self, plan: ResourcePlan, request: ReadRequest, scan: Scan) -> ResourcePlan:
        resource, noted, destination = self._resource, self._noted, self._destination
        noted.attempt(lambda: self._require_filter(request, scan))
        shape = noted.attempt(lambda: shape_of(resource, scan))
        if shape is None:
            return plan
        if self._outlook.accepted is not None:
            plan = replace(plan, drift=drift(self._outlook.accepted, shape.schema))
        noted.attempt(lambda: require_rows_can_be_judged(resource, shape.schema, destination, self._target))
        scanned = Scanned(self._source, scan)
        settled = noted.attempt(
            lambda: settle(resource, scanned, destination, request, self._outlook.accepted, shape=lambda: shape)
        )
        if settled is None:
            return plan
        target = settled.reconciled.target
        if settled.mode not in (WriteMode.APPEND, WriteMode.FULL_REFRESH):
            for name in dict.fromkeys((*resource.keys, *(resource.update_columns or ()))):
                noted.attempt(partial(self._require_column, name, target))
        noted.attempt(lambda: require_load_can_be_judged(resource, target))
        there = self._there(settled)
        refreshes = settled.mode is WriteMode.FULL_REFRESH and there is not None
        structure = noted.attempt(lambda: self._structure(settled, there))
        if structure is not None and structure.pending:
            noted.attempt(partial(_leave_to_a_person, settled.table, structure.pending))
        return replace(
            plan,
            structure=structure,
            warnings=settled.reconciled.warnings,
            losses=losses_of(resource, settled),
            replaces=replaced_by_refresh(destination, settled.table) if refreshes else None,
        )

    def _there(self, settled: Settled) -> pa.Schema | None:
        """What is there, which settling a refresh need not have asked for."""
        destination = self._destination
        asked = settled.existing is not None or settled.mode is not WriteMode.FULL_REFRESH
        if asked or destination.spec.commit is Commit.NONE:
            return settled.existing
        try:
            return destination.describe(settled.table)
        except Exception as broken:
            # A refresh replaces it all the same.
            self._noted.notice(f"What is there cannot be looked at: {Problem.of(broken)}")
            return None

    def _structure(self, settled: Settled, there: pa.Schema | None) -> Structure:
        resource, destination, reconciled = self._resource, self._destination, settled.reconciled
        job = WriteJob(
            table=settled.table,
            schema=reconciled.target,
            mode=settled.mode,
            token="plan",  # noqa: S106 - no secret: nothing is written under it
            keys=resource.keys,
            update_columns=resource.update_columns,
            resource=resource.name,
            changes=reconciled.changes or reconciled.pending,
        )
        halted = bool(reconciled.pending) or reconciled.reject_all
        return Structure(
            target=reconciled.target,
            stored=_kept(settled),
            creates=there is None and destination.spec.commit is not Commit.NONE and not halted,
            changes=tuple(described(change) for change in reconciled.changes),
            ddl=() if halted else destination.ddl(job, there),
            pending=statements(destination, job, there) if reconciled.pending else (),
            against_destination=None if settled.existing is None else reconciled.against_destination,
            left_out=reconciled.left_out,
            rejecting=reconciled.rejecting,
            rejects_all=reconciled.reject_all,
        )

    def _require_filter(self, request: ReadRequest, scan: Scan) -> None:
        left = request.without(scan.absorbed).filter
        if left is not None:
            filter_expression(left.text, scan.schema, f"resource {self._resource.name!r}")

    def _require_column(self, name: str, schema: pa.Schema) -> None:
        if name not in schema.names:
            raise UnknownName.among("column", name, schema.names, place=f"resource {self._resource.name!r}, key")


def _kept(settled: Settled) -> pa.Schema:
    """The types that the written columns have once they are kept: those that are there, or what is made of theirs."""
    there = () if settled.existing is None else settled.existing.names
    made = {field.name: field for field in settled.stored if field.name not in there}
    return pa.schema([made.get(field.name, field) for field in settled.reconciled.target])


def _leave_to_a_person(table: str, statements: tuple[str, ...]) -> None:
    raise SchemaError(
        f"The table {table!r} has to change before this load, and `mode: manual` leaves that to you.",
        problems=statements,
        place=table,
        remedy="Apply these statements; a run writes them to the folder 'migrations'.",
    )
