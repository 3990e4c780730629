"""Rejects in a destination: written there by its own session, in the order in which they would be published.

Two systems have no commit in common. So the rejects are durable in hidden files before the data is committed, staged
at their destination too, and committed there after the data, under a token of their own. Whoever finds the files still
there writes them again, unless that token has landed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.destination import Destination, Staged, WriteJob, WriteSession
from conduit.core.fault import failpoint
from conduit.core.spec import Commit, WriteMode
from conduit.errors import DestinationError, StateError
from conduit.registry import destination_class
from conduit.schema.conform import Conformer
from conduit.state.database import Database
from conduit.state.reject_jobs import RejectJob, reject_job

_PART = "rejects"


class RejectWrite:
    """One epoch's rejects on their way to a destination. Nothing is opened before there are any."""

    def __init__(self, destination: Destination[Any], rejects: RejectJob) -> None:
        self.rejects = rejects
        self._destination = destination
        self._session: WriteSession | None = None
        self._staged: tuple[Staged, ...] = ()

    def stage(self, files: Sequence[Path]) -> None:
        """Write them, durable and invisible."""
        if files:
            job = self.rejects.job
            session = self._session = self._destination.begin(job)
            self._staged = tuple(session.stage(_PART, _fitted(files, job.schema, self.rejects.destination)))
            failpoint("rejects.staged")

    def land(self, files: Sequence[Path]) -> None:
        """Commit them, unless they have landed before."""
        job = self.rejects.job
        if not files or self._destination.find(job.table, job.token) is not None:
            return
        try:
            if self._session is None:
                self.stage(files)
            assert self._session is not None
            self._session.commit(self._staged, {})
            failpoint("rejects.committed")
        finally:
            self.close()

    def abort(self, files: Sequence[Path]) -> None:
        """Remove what was staged of them."""
        if files and self._session is None:
            self._destination.discard(self.rejects.job)
        elif self._session is not None:
            self._session.abort()
            self.close()

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


@dataclass(frozen=True, slots=True)
class RejectTarget:
    """The destination that a resource's rejects go to, by its name in the configuration."""

    name: str
    destination: Destination[Any]
    table: str

    @property
    def place(self) -> str:
        """Where that is, for a person."""
        return f"the destination {self.name!r} (table {self.table})"

    def write(self, token: str, run_id: str, resource: str) -> RejectWrite:
        """The write of an epoch's rejects."""
        # Reading Parquet takes time to import, and most loads do not need it.
        from conduit.dlq.flat import FLAT_SCHEMA

        existing = self.destination.describe(self.table)
        schema = FLAT_SCHEMA
        if existing is not None and self.destination.spec.commit is Commit.TRANSACTION:
            schema = existing
        elif existing is not None:
            # What is in files is known from looking at some of it: a text that was a date so far need not stay one.
            schema = pa.schema([FLAT_SCHEMA.field(name) for name in existing.names if name in FLAT_SCHEMA.names])
        job = WriteJob(
            table=self.table,
            schema=schema,
            mode=WriteMode.APPEND,
            token=f"{token}-rejects",
            run_id=run_id,
            resource=resource,
        )
        Conformer(FLAT_SCHEMA, schema, self.place)
        return RejectWrite(self.destination, RejectJob(self.name, job))


def reject_target(resource: Resource) -> RejectTarget | None:
    """The destination of a resource's rejects; None where they are kept in a folder."""
    chosen = resource.dlq.destination
    if chosen is None:
        return None
    destination = destination_class(chosen.type)(chosen.options)
    return RejectTarget(chosen.name, destination, resource.dlq.table or destination.table(f"{resource.name}_rejects"))


def reject_root(resource: Resource, state_dir: Path) -> Path:
    """The folder below which the rejects of a resource are kept."""
    return Path(resource.dlq.path) if resource.dlq.path else state_dir / "dlq"


def open_write(database: Database, token: str, target: RejectTarget | None) -> RejectWrite | None:
    """The write of an epoch that an earlier process left open. Raises StateError when its destination is gone."""
    rejects = reject_job(database, token)
    if rejects is None:
        return None
    if target is None or target.name != rejects.destination:
        raise StateError(
            f"The rejects of run {rejects.job.run_id} were on their way to the destination {rejects.destination!r} "
            "when it was cut short.",
            place=rejects.job.resource,
            remedy=f"Set `dlq: {{destination: {rejects.destination}}}` again for one run, so that they are settled.",
        )
    return RejectWrite(target.destination, rejects)


def _fitted(files: Sequence[Path], schema: pa.Schema, destination: str) -> Iterator[pa.RecordBatch]:
    from conduit.dlq.flat import FLAT_SCHEMA, flat_batches

    conformer = Conformer(FLAT_SCHEMA, schema, f"the destination {destination!r}")
    for batch in flat_batches(files):
        conformed = conformer.conform(batch)
        if conformed.rejected is not None:
            message = conformed.rejected.reasons["message"][0].as_py()
            raise DestinationError(
                f"The rejects do not fit the table that is there: {message}.",
                place=f"the destination {destination!r}",
                remedy="Nothing was loaded. Give the rejects a table of their own with `dlq: {table: ...}`.",
            )
        yield conformed.passed
