"""A sound source of a table in memory: the shortest one that keeps every promise of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import ClassVar

import pyarrow as pa

from conduit.sdk import (
    Mark,
    Message,
    Options,
    Partition,
    Position,
    Probe,
    ReadRequest,
    Rows,
    Scan,
    Source,
    SourceError,
    SourceSpec,
    option,
)
from conduit.sdk.suites.reading import residual


class MemoryOptions(Options):
    name: str = option("memory", description="What errors call this source.", example="orders")
    table: pa.Table | None = option(None, description="The rows; without them the source is missing.")


class MemorySource(Source[MemoryOptions]):
    """Gives the rows of a table in slices; selects, filters and limits them itself."""

    spec = SourceSpec(
        name="memory",
        summary="A table in memory.",
        resume=True,
        absorbs=frozenset({"columns", "filter", "limit"}),
    )
    options_model: ClassVar[type[Options]] = MemoryOptions

    def probe(self) -> Iterator[Probe]:
        yield Probe(f"{self.options.name} is there", self.options.table is not None)

    def scan(self, request: ReadRequest) -> Scan:
        absorbed = replace(request, cursor=None)
        view = self.view(absorbed)
        cuts = [view.num_rows * piece // request.partitions for piece in range(request.partitions + 1)]
        return Scan(
            schema=view.schema,
            partitions=tuple(
                Partition(f"slice-{i}", [cuts[i], cuts[i + 1]], cuts[i + 1] - cuts[i]) for i in range(len(cuts) - 1)
            ),
            absorbed=absorbed,
            rows_estimate=view.num_rows,
            fingerprint=self.fingerprint(),
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        match partition.spec, resume:
            case [[int(first), int(last)], None]:
                row = first
            case [[int(_), int(last)], Position(int(row))]:
                pass
            case _:
                raise SourceError("The position is not of this source.", place=self.options.name)
        yield from self.slices(self.view(request), row, last, request.batch_bytes)

    def view(self, request: ReadRequest) -> pa.Table:
        """The rows that are left of the table once everything absorbed is applied."""
        if self.options.table is None:
            raise SourceError("There is no table.", place=self.options.name, remedy="Give one as `table`.")
        return residual(self.options.table, request)

    def slices(self, view: pa.Table, row: int, last: int, batch_bytes: int) -> Iterator[Message]:
        """Rows `row` to `last` of `view` in batches of about `batch_bytes`, a mark after each."""
        size = max(1, batch_bytes * view.num_rows // max(1, view.nbytes))
        while row < last:
            count = min(size, last - row)
            for batch in view.slice(row, count).to_batches():
                yield Rows(batch)
            row += count
            yield Mark(Position(row))

    def fingerprint(self) -> str:
        """Changes with the number of rows and their size, which is enough for a double."""
        table = self.options.table
        facts = (table.num_rows, table.nbytes, table.schema) if table is not None else ()
        return blake2b(repr(facts).encode(), digest_size=8).hexdigest()
