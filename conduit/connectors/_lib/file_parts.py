"""Writing one slice as part files: rotation by rows or bytes, and one folder per value for hive partitioning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.encoder import Encoder
from conduit.connectors._lib.file_hive import HIVE_NULL
from conduit.connectors._lib.file_storage import Storage
from conduit.core.fault import failpoint
from conduit.core.rows import filter_rows
from conduit.sdk import DestinationError

MAX_OPEN_PARTS = 512
# Some engines look into hidden folders when a glob says `**`: a part without the format's ending is not found there.
STAGED = ".staged"
_WRITE_BACK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class PartFile:
    """A finished part: where it was staged, where it belongs (relative to the data folder), and what is in it."""

    staged: str
    name: str
    rows: int
    bytes: int


@dataclass(slots=True)
class _Open:
    encoder: Encoder
    file: IO[bytes]
    path: str
    name: str
    rows: int = 0
    written_back: int = 0


class PartWriter:
    """Writes batches to part files in a staging folder; `finish` makes them durable and lists them.

    `encoder` builds the format's encoder for an open file. `name` builds the n-th part's name in a folder. `is_telling`
    says whether a part tells of the schema even where it has no row: the first one does, and one with new columns.
    """

    def __init__(
        self,
        storage: Storage,
        folder: str,
        schema: pa.Schema,
        encoder: Callable[[IO[bytes], pa.Schema], Encoder],
        name: Callable[[str, int], str],
        partition_by: Sequence[str] = (),
        max_rows: int | None = None,
        max_bytes: int | None = None,
        is_telling: Callable[[], bool] = lambda: True,
    ) -> None:
        self._storage = storage
        self._folder = folder
        self._schema = pa.schema([f for f in schema if f.name not in partition_by])
        self._encoder = encoder
        self._name = name
        self._partition_by = tuple(partition_by)
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._is_telling = is_telling
        self._open: dict[str, _Open] = {}
        self._count = 0
        self._done: list[PartFile] = []

    def write(self, batch: pa.RecordBatch) -> None:
        for subfolder, piece in self._split(batch):
            self._write(subfolder, piece)
        failpoint("stage.batch")

    def finish(self) -> list[PartFile]:
        """Close all parts and make them durable; there is one even if it is empty where only it tells the schema."""
        if not self._done and not self._open and not self._partition_by and self._is_telling():
            self._start("")
        for subfolder in list(self._open):
            self._end(subfolder)
        failpoint("stage.finished")
        return self._done

    def close(self) -> None:
        """Let go of files that an error left open."""
        for part in self._open.values():
            # Closing writes what is buffered still: on a full disk it fails again, and the first error is what matters.
            with suppress(OSError):
                part.file.close()
        self._open.clear()

    def _write(self, subfolder: str, batch: pa.RecordBatch) -> None:
        while batch.num_rows:
            part = self._open.get(subfolder) or self._start(subfolder)
            room = batch.num_rows if self._max_rows is None else self._max_rows - part.rows
            piece, batch = batch.slice(0, room), batch.slice(room)
            part.encoder.write(piece)
            part.rows += piece.num_rows
            if (size := part.file.tell()) - part.written_back >= _WRITE_BACK_BYTES:
                self._storage.write_back(part.file, part.written_back, size)
                part.written_back = size
            too_long = self._max_rows is not None and part.rows >= self._max_rows
            if too_long or (self._max_bytes is not None and size >= self._max_bytes):
                self._end(subfolder)

    def _start(self, subfolder: str) -> _Open:
        if len(self._open) >= MAX_OPEN_PARTS:
            raise DestinationError(
                f"The data has more than {MAX_OPEN_PARTS} values of {', '.join(self._partition_by)} in one slice.",
                place=self._folder,
                remedy="Partition by a column with fewer values.",
            )
        self._count += 1
        name = subfolder + self._name(subfolder, self._count)
        path = f"{self._folder}/{name}{STAGED}"
        file = self._storage.open_write(path)
        part = self._open[subfolder] = _Open(self._encoder(file, self._schema), file, path, name)
        return part

    def _end(self, subfolder: str) -> None:
        part = self._open[subfolder]
        part.encoder.close()
        size = part.file.tell()
        self._storage.sync(part.file)
        part.file.close()
        del self._open[subfolder]
        self._done.append(PartFile(part.path, part.name, part.rows, size))

    def _split(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The batch cut by its partition values, in the order that values first appear."""
        if not self._partition_by:
            yield "", batch
            return
        folders = _folders(batch, self._partition_by).dictionary_encode()
        bare = batch.select(self._schema.names)
        if len(folders.dictionary) == 1:
            yield folders.dictionary[0].as_py(), bare
            return
        for number, folder in enumerate(folders.dictionary.to_pylist()):
            yield folder, filter_rows(bare, pc.equal(folders.indices, pa.scalar(number, folders.indices.type)))


def _folders(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.Array:
    """Per row the folder `a=1/b=x/`, percent-encoded where a value needs it. Works on distinct values only."""
    pieces = []
    for column in columns:
        encoded = batch.column(column).dictionary_encode()
        texts = encoded.dictionary.cast(pa.string()).to_pylist()
        named = pa.array([f"{quote(column, safe=' ')}={quote(t, safe=' :')}/" for t in texts], pa.string())
        null = f"{quote(column, safe=' ')}={HIVE_NULL}/"
        pieces.append(pc.fill_null(named.take(encoded.indices), null))
    return pieces[0] if len(pieces) == 1 else pc.binary_join_element_wise(*pieces, "")
