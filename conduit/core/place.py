"""Where the rows of a batch stand: found out when somebody asks, and nobody asks for a batch without rejects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import pyarrow as pa

PLACES_SCHEMA = pa.schema(
    [
        pa.field("file", pa.string(), metadata={"description": "path or URL, null where the source is no file"}),
        pa.field("line", pa.int64(), metadata={"description": "1-based line of the file where the row begins"}),
    ]
)


class Place(ABC):
    """Answers for the rows of one batch. It must not hold on to the batch's memory."""

    @abstractmethod
    def of(self, rows: pa.Array) -> pa.RecordBatch:
        """File and line, in PLACES_SCHEMA, of the rows with these 0-based numbers; null where they are not known."""


@dataclass(frozen=True, slots=True)
class FilePlace(Place):
    """Rows of one file, at lines that nobody has counted."""

    file: str

    def of(self, rows: pa.Array) -> pa.RecordBatch:
        return places_in(self.file, pa.nulls(len(rows), pa.int64()))


@dataclass(frozen=True, slots=True)
class LinePlace(Place):
    """Rows of one file whose lines are known: one int64 for each row of the batch."""

    file: str
    lines: pa.Array

    def of(self, rows: pa.Array) -> pa.RecordBatch:
        return places_in(self.file, self.lines.take(rows))


def places_in(file: str, lines: pa.Array) -> pa.RecordBatch:
    """Places at these lines of one file."""
    return pa.RecordBatch.from_arrays([pa.repeat(pa.scalar(file), len(lines)), lines], schema=PLACES_SCHEMA)
