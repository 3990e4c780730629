"""The contract of everything that can be written: a session stages, then commits or aborts, under a token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic

import pyarrow as pa

from conduit.core.change import SchemaChange
from conduit.core.options import Options
from conduit.core.position import Json
from conduit.core.probe import Probe
from conduit.core.source import O, Source
from conduit.core.spec import DestinationSpec, WriteMode


@dataclass(frozen=True, slots=True)
class WriteJob:
    """What an epoch will write. `token` names the epoch and lands at most once.

    `table` is the table or, for files, the resource's name. `schema` is what every batch will have. `changes` are
    made to the structure of what is there in the commit that makes the rows visible, or not at all. `lacking` are
    columns of `schema` that the data does not have: null in every batch, they may as well get their defaults.
    """

    table: str
    schema: pa.Schema
    mode: WriteMode
    token: str
    keys: tuple[str, ...] = ()
    update_columns: tuple[str, ...] | None = None
    run_id: str = ""
    resource: str = ""
    changes: tuple[SchemaChange, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """One piece that is durable but invisible: a small, picklable row of the epoch's manifest."""

    part: str
    rows: int
    bytes: int
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a token landed: the rows, bytes and parts that became visible with it."""

    token: str
    rows: int
    bytes: int = 0
    parts: tuple[str, ...] = ()
    positions: Mapping[str, Json] = field(default_factory=dict)


class WriteSession(ABC):
    """One epoch's write. `stage` may run in several threads at once; `commit` and `abort` run in one.

    `one_writer` asks the engine to stage everything in one call, for a destination that is one file, say.
    """

    one_writer: bool = False

    @abstractmethod
    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        """Write the batches of one slice, durable and invisible, under names derived from the token and `part`.

        Consumes `batches` lazily. Staging the same part again replaces what an earlier attempt left.
        """

    @abstractmethod
    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        """Make all staged pieces visible at once and remember token and positions with them.

        Raises CommitRejected, SchemaError where the table was changed meanwhile, or a TransientError such as a lock
        held by others, when provably nothing landed, and CommitUnknown when that cannot be known.
        """

    @abstractmethod
    def abort(self, staged: Iterable[Staged] = ()) -> None:
        """Remove everything that this session staged; idempotent, and right for a session that staged nothing."""

    def close(self) -> None:
        """Release connections and files; after it only a new session works. Idempotent."""
        return


class Destination(ABC, Generic[O]):
    """Writes one place. Construction is pure; it must pickle."""

    spec: ClassVar[DestinationSpec]
    options_model: ClassVar[type[Options]]

    def __init__(self, options: O) -> None:
        self.options = options

    def probe(self) -> Iterator[Probe]:
        """Findings of a preflight, cheapest first; raises nothing and changes nothing."""
        return iter(())

    def default_mode(self) -> WriteMode:
        """The write mode when the user names none."""
        return WriteMode.APPEND

    def table(self, resource: str) -> str:
        """The table that a resource is written to when the user names none."""
        return resource

    def place(self, table: str) -> str:
        """Where a table is, for a person; nothing in it is secret, and nothing is looked at."""
        return str(getattr(self.options, "path", None) or self.spec.name)

    @abstractmethod
    def describe(self, table: str) -> pa.Schema | None:
        """The schema of what is there, None when nothing is."""

    def stored(self, schema: pa.Schema) -> pa.Schema:
        """The types that the values of `schema` have once they are read back from here.

        Raises SchemaError, naming the column, for a type that has no place here.
        """
        return schema

    def ddl(self, job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
        """The statements on the structure that committing `job` runs where `existing` is there; none for files."""
        return ()

    def reader(self, table: str) -> Source[Any] | None:
        """A source that reads what is visible in a table; None where nothing can be read back."""
        return None

    @abstractmethod
    def begin(self, job: WriteJob) -> WriteSession:
        """Open a session. Beginning again with the same token after a crash takes over what was left."""

    def discard(self, job: WriteJob) -> None:
        """Remove what a job has staged that will never be committed, whatever has become of the table since.

        Idempotent. A destination whose `begin` asks whether the job fits what is there has to do without that here.
        """
        session = self.begin(job)
        try:
            session.abort()
        finally:
            session.close()

    @abstractmethod
    def find(self, table: str, token: str) -> Receipt | None:
        """Did this token land? Finishes a commit that was cut short after its point of no return."""
