"""Rejects as a source: the rows of the dead letter queue, as they were rejected, from where they once came."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from conduit.core.message import Message, Rows
from conduit.core.options import Options
from conduit.core.place import PLACES_SCHEMA, Place
from conduit.core.position import Position
from conduit.core.request import Partition, ReadRequest, Scan
from conduit.core.source import Source
from conduit.core.spec import SourceSpec
from conduit.dlq.reading import read_groups
from conduit.engine.replay_choice import Choice
from conduit.errors import SourceError


class RejectSource(Source[Options]):
    """Reads rejects. `scan` looks anew at what is left, so it belongs after the recovery of the resource.

    Rows have the columns of `choice.schema` by name, each batch in types of its own.
    """

    spec = SourceSpec("rejects", "Rows of the dead letter queue")
    options_model = Options

    def __init__(self, look: Callable[[], Choice]) -> None:
        super().__init__(Options())
        self._look = look
        self.choice = Choice({}, pa.schema([]))
        self.taken: Mapping[str, pa.BooleanArray] = {}

    def scan(self, request: ReadRequest) -> Scan:
        self.choice = self._look()
        self.taken = {file: rows for file, rows in self.take(request).items() if rows.true_count}
        partitions = tuple(self.partitions())
        left = sum(rows.true_count for rows in self.taken.values())
        if not left:
            request.notice("Nothing is left to replay.")
        return Scan(self.choice.schema, partitions if left else (), rows_estimate=left)

    @abstractmethod
    def take(self, request: ReadRequest) -> Mapping[str, pa.BooleanArray]:
        """Which rows of which files are sent again now."""

    @abstractmethod
    def partitions(self) -> Iterator[Partition]:
        """The pieces in which they are read."""


class KeptRejects(RejectSource):
    """Rejects as they are. Those that never were rows stay where they are, and are counted in a notice."""

    def take(self, request: ReadRequest) -> Mapping[str, pa.BooleanArray]:
        files = self.choice.files.values()
        unparsed = sum(file.kinds.left.true_count - file.kinds.sendable.true_count for file in files)
        if unparsed:
            request.notice(
                f"Rejects that could never be parsed stay where they are ({unparsed:,}): they need an edited file "
                "(`conduit dlq export`, then `conduit dlq replay --from`)."
            )
        return {name: file.kinds.sendable for name, file in self.choice.files.items()}

    def partitions(self) -> Iterator[Partition]:
        for name, rows in self.taken.items():
            path = self.choice.files[name].path
            yield Partition(name, str(path), rows.true_count, path.stat().st_size)

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        rows, path = self.taken[partition.id], self.choice.files[partition.id].path
        sent = 0
        for group in read_groups(path, ("file", "line", "row")):
            chosen = group.table.filter(rows.slice(group.first, group.table.num_rows)).combine_chunks()
            for batch in chosen.to_batches():
                sent += batch.num_rows
                places = batch.select(PLACES_SCHEMA.names).cast(PLACES_SCHEMA)
                yield Rows(pa.RecordBatch.from_struct_array(batch["row"]), OriginalPlace(places))
        require_all(sent, rows.true_count, path)


@dataclass(frozen=True, slots=True)
class OriginalPlace(Place):
    """The places that rows had when they were rejected."""

    places: pa.RecordBatch

    def of(self, rows: pa.Array) -> pa.RecordBatch:
        return self.places.take(rows)


def require_all(sent: int, taken: int, path: Path) -> None:
    """Raise SourceError unless as many rows were read as will count as sent again."""
    if sent != taken:
        raise SourceError(
            f"{sent:,} rows were read where {taken:,} are sent again.",
            place=str(path),
            remedy="The file changed meanwhile. Nothing was loaded; replay again.",
        )
