"""What became of a resource's structure: what its source has today, beside what it had, what is there, or a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.config.project import Project, Resource
from conduit.core.position import Json
from conduit.core.request import ReadRequest, Scan
from conduit.core.source import Source
from conduit.core.types import type_name
from conduit.errors import UsageError
from conduit.plan.likeness import likeness_of
from conduit.plan.noted import Problem
from conduit.plan.outlook import Outlook, plan_of
from conduit.plan.request import request_of
from conduit.plan.sampled import sampled_profile
from conduit.plan.scanned import Scanned
from conduit.plan.schema_file import read_schema_file
from conduit.plan.settle import shape_of, stored_of
from conduit.plan.target import target_of
from conduit.registry import destination_class, source_class
from conduit.schema.drift import Drift, drift
from conduit.schema.reconcile import comparable
from conduit.schema.shape import Shape
from conduit.state.profiles import profile_of
from conduit.state.schemas import AcceptedSchema, accepted_by, last_accepted
from conduit.state.snapshot import Snapshot, snapshot


@dataclass(frozen=True, slots=True)
class Comparison:
    """`old` is what `against` had, None where there is nothing to compare with; `new` is what comes now.

    `statements` are what the next load does to what is there, or would have to be done by a person before it
    (`by_hand`). `problems` stand against that load.
    """

    resource: str
    against: str
    old: pa.Schema | None
    new: pa.Schema
    drift: Drift = field(default_factory=Drift)
    statements: tuple[str, ...] = ()
    by_hand: bool = False
    problems: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Json]:
        """A JSON-able form."""
        return {
            "resource": self.resource,
            "against": self.against,
            "drifted": bool(self.drift),
            **self.drift.as_dict(),
            "old": None if self.old is None else _columns(self.old),
            "new": _columns(self.new),
            "statements": list(self.statements),
            "by_hand": self.by_hand,
            "problems": [problem.as_dict() for problem in self.problems],
        }


def compare(project: Project, name: str, against: str = "last") -> Comparison:
    """Compare what a resource's source has now with the `last` load, the `destination`, a run, or a file.

    A run goes by its id or the beginning of it. Raises UnknownName, UsageError for what cannot be compared with, and
    what the connectors raise.
    """
    resource = project.resource(name)
    source = source_class(resource.source.type)(resource.source.options)
    state = snapshot(project.state_dir)
    with closing(source):
        try:
            return _Comparing(resource, source, state).with_(against)
        finally:
            if state is not None:
                state.close()


@dataclass(frozen=True, slots=True)
class _Other:
    """What is compared with, None where it is not there. `profiled`: a run (None: the last one) has its profile."""

    schema: pa.Schema | None
    label: str
    knows_nulls: bool = True
    profiled: bool = True
    run_id: str | None = None


class _Comparing:
    """One comparison. The source is scanned once, and read a little only where a column may have a new name."""

    def __init__(self, resource: Resource, source: Source[Any], state: Snapshot | None) -> None:
        self._resource = resource
        self._source = source
        self._state = state
        self._destination = destination_class(resource.destination.type)(resource.destination.options)
        self._accepted = last_accepted(state, resource.name) if state else None

    def with_(self, against: str) -> Comparison:
        other = self._other(against)
        request = request_of(self._resource, partitions=1, notice=lambda sentence: None)
        scan = self._source.scan(request)
        shape = shape_of(self._resource, scan)
        old, new = other.schema, shape.schema
        if against == "destination":
            new, _ = stored_of(self._destination, new)
            old = None if old is None else comparable(old, new, self._destination.spec)
        if old is None:
            return self._with_what_follows(Comparison(self._resource.name, other.label, None, new), scan)
        old = old if other.knows_nulls else _nulls_as(old, new)
        found = drift(old, new)
        if other.profiled and {"added", "removed"} <= {column.kind for column in found.columns}:
            found = drift(old, new, likeness=self._alike(other.run_id, request, scan, shape))
        return self._with_what_follows(Comparison(self._resource.name, other.label, old, new, found), scan)

    def _other(self, against: str) -> _Other:
        if against == "destination":
            target = target_of(self._resource, self._destination)
            there = self._destination.describe(target.table)
            return _Other(there, f"the destination {target.place}" + (", where nothing is" if there is None else ""))
        if against == "last":
            last = self._accepted
            return _Other(last.schema, f"the last load, {_version(last)}") if last else _Other(None, "no load so far")
        if os.path.exists(against):
            written = read_schema_file(Path(against))
            return _Other(written.schema, f"the file {against}", written.knows_nulls, profiled=False)
        run, accepted = self._run(against)
        return _Other(accepted.schema, f"run {run}", run_id=run)

    def _run(self, beginning: str) -> tuple[str, AcceptedSchema]:
        """The one run of the resource that begins so, and what it loaded."""
        name = self._resource.name
        if self._state is not None and beginning:
            found = self._runs(self._state, beginning)
            if len(found) > 1:
                several = ", ".join(found)
                raise UsageError(f"Several runs of {name!r} begin with {beginning!r}: {several}.", remedy="Write more.")
            if found and (accepted := accepted_by(self._state, name, found[0])) is not None:
                return found[0], accepted
        latest = self._runs(self._state, "") if self._state is not None else []
        raise UsageError(
            f"{beginning!r} is neither `last` nor `destination`, nor a file, nor a run that loaded {name!r}.",
            remedy=f"The latest runs: {', '.join(latest)}." if latest else f"{name!r} was never loaded.",
        )

    def _runs(self, state: Snapshot, beginning: str) -> list[str]:
        return [r["run_id"] for r in state.run("runs_with_schema", resource=self._resource.name, beginning=beginning)]

    def _alike(
        self, run_id: str | None, request: ReadRequest, scan: Scan, shape: Shape
    ) -> Callable[[str, str], float] | None:
        """How alike values are, by the profile of the load that is compared with and of a sample of what comes."""
        before = profile_of(self._state, self._resource.name, run_id) if self._state is not None else None
        return likeness_of(before, sampled_profile(self._source, request, scan, shape)) if before else None

    def _with_what_follows(self, found: Comparison, scan: Scan) -> Comparison:
        accepted = self._accepted.schema if self._accepted else None
        plan = plan_of(self._resource, Outlook(accepted=accepted), Scanned(self._source, scan))
        if plan.structure is None:
            return replace(found, problems=plan.problems)
        statements = plan.structure.pending or plan.structure.ddl or plan.structure.changes
        by_hand = plan.structure.pending
        others = tuple(problem for problem in plan.problems if not by_hand or problem.details != by_hand)
        return replace(found, statements=statements, by_hand=bool(by_hand), problems=others)


def _nulls_as(old: pa.Schema, new: pa.Schema) -> pa.Schema:
    """A schema that does not say which columns may be NULL, with what another says of them."""
    known = {column.name: column.nullable for column in new}
    return pa.schema([column.with_nullable(known.get(column.name, column.nullable)) for column in old])


def _version(accepted: AcceptedSchema) -> str:
    at = datetime.fromtimestamp(accepted.at, UTC)
    return f"version {accepted.version}, brought by run {accepted.run_id} on {at:%Y-%m-%d %H:%M} UTC"


def _columns(schema: pa.Schema) -> list[Json]:
    return [{"name": one.name, "type": type_name(one.type), "nullable": one.nullable} for one in schema]
