"""Dummydestination: counts rows and forgets them, and fails on demand, to try a source without a place to write."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from conduit.connectors._lib.job_claims import require_claimed
from conduit.sdk import (
    Commit,
    CommitRejected,
    Destination,
    DestinationError,
    DestinationSpec,
    Json,
    Options,
    Receipt,
    Staged,
    WriteJob,
    WriteMode,
    WriteSession,
    option,
)


class DummyDestinationOptions(Options):
    name: str = option(
        "dummy", description="Destinations of one name, in one process, share what they remember.", example="orders"
    )
    fail_on: Literal["stage", "commit"] | None = option(
        None, description="Fail while rows are being staged, or when they are committed.", example="commit"
    )
    delay_seconds: float = option(
        0.0, description="Wait this long before each batch, to watch progress, locks and Ctrl-C.", example=0.1, ge=0
    )


class DummyDestination(Destination[DummyDestinationOptions]):
    """Counts what it is given. Tokens are remembered until the process ends; the rows are not kept at all."""

    spec = DestinationSpec(
        name="dummydestination",
        summary="Counts rows and forgets them; failures on demand.",
        modes=frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH}),
        commit=Commit.NONE,
        remembers=False,
        aliases=("dummy_destination",),
    )
    options_model = DummyDestinationOptions

    def describe(self, table: str) -> pa.Schema | None:
        return _ledger(self.options.name, table).schema

    def begin(self, job: WriteJob) -> WriteSession:
        require_claimed(job, self.spec, self.options.name)
        return _Session(self.options, job)

    def find(self, table: str, token: str) -> Receipt | None:
        return _ledger(self.options.name, table).receipts.get(token)


@dataclass(slots=True)
class _Ledger:
    """What this process remembers of one table."""

    schema: pa.Schema | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)


_ledgers: dict[tuple[str, str], _Ledger] = {}
_guard = threading.Lock()


def _ledger(name: str, table: str) -> _Ledger:
    with _guard:
        return _ledgers.setdefault((name, table), _Ledger())


class _Session(WriteSession):
    def __init__(self, options: DummyDestinationOptions, job: WriteJob) -> None:
        self._options = options
        self._job = job

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        rows = size = 0
        for batch in batches:
            if self._options.delay_seconds:
                time.sleep(self._options.delay_seconds)
            if self._options.fail_on == "stage":
                raise DestinationError("Staging failed, as asked.", place=self._job.table, remedy="Remove `fail_on`.")
            rows += batch.num_rows
            size += batch.nbytes
        yield Staged(part=part, rows=rows, bytes=size)

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        if self._options.fail_on == "commit":
            raise CommitRejected("Committing failed, as asked.", place=self._job.table, remedy="Remove `fail_on`.")
        receipt = Receipt(
            token=self._job.token,
            rows=sum(piece.rows for piece in staged),
            bytes=sum(piece.bytes for piece in staged),
            parts=tuple(piece.part for piece in staged),
            positions=dict(positions),
        )
        ledger = _ledger(self._options.name, self._job.table)
        with _guard:
            ledger.schema = self._job.schema
            ledger.receipts[self._job.token] = receipt
        return receipt

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        return


DESTINATION = DummyDestination
