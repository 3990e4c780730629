"""The lines at which rows of NDJSON stand. Nothing is counted before a row is rejected."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.file_storage import Storage
from conduit.connectors._lib.file_streams import compression_of
from conduit.connectors._lib.json_content import open_content, read_some, reading
from conduit.sdk import Place, places_in

_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class LinesPlace(Place):
    """The rows of a chunk of lines. It begins at line `first` and byte `offset`, ends at byte `end` and has `lines`
    lines, of which those at `rejected` (0-based, in the chunk) are no rows, nor are blank ones.
    """

    storage: Storage
    file: str
    first: int
    offset: int
    end: int
    lines: int
    rejected: tuple[int, ...]
    rows: int

    def of(self, rows: pa.Array) -> pa.RecordBatch:
        if self.lines == self.rows:
            return places_in(self.file, pc.add(rows, self.first))
        held = self._held_lines()
        if held is None or len(held) != self.rows:
            return places_in(self.file, pa.nulls(len(rows), pa.int64()))
        return places_in(self.file, pc.add(held.take(rows), self.first))

    def _held_lines(self) -> pa.Array | None:
        """The 0-based lines of the chunk that hold a row; None where blank lines hide and looking again is dear."""
        lines = pa.arange(0, self.lines)
        if self.rows + len(self.rejected) != self.lines:
            if compression_of(self.file):
                return None
            with reading(self.file), open_content(self.storage, self.file, self.offset) as stream:
                text = read_some(stream, self.end - self.offset)
            filled = [number for number, line in enumerate(text.split(b"\n")) if line.strip(_BLANK)]
            lines = pa.array(filled, pa.int64())
        return lines.filter(pc.invert(pc.is_in(lines, pa.array(self.rejected, pa.int64()))))
