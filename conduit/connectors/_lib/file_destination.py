"""What all file destinations share: options, where things stand, and finding a token again."""

from __future__ import annotations

import glob
import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO, Any, ClassVar, TypeVar

import pyarrow as pa

from conduit.connectors._lib.commit_record import read_record
from conduit.connectors._lib.encoder import Encoder
from conduit.connectors._lib.exchange import finish_exchange
from conduit.connectors._lib.file_layout import FileLayout
from conduit.connectors._lib.file_storage import FileRef, Storage, local_path, storage_for
from conduit.connectors._lib.file_streams import COMPRESSIONS, compression_of
from conduit.sdk import Destination, Options, Probe, Receipt, Source, WriteJob, WriteMode, WriteSession, option


class FileDestinationOptions(Options):
    """Where the files go and how they are cut."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(
        description="A file (`out.parquet`: one file) or a directory (`out/`: part files), or an fsspec URL.",
        example="lake/orders/",
    )
    max_file_rows: int | None = option(None, description="Begin a new part after so many rows", example=5_000_000, ge=1)
    max_file_bytes: int | None = option(
        None, description="Begin a new part when one has reached so many bytes, about.", example=268_435_456, ge=1024
    )
    partition_by: tuple[str, ...] = option(
        (),
        description="Columns whose values become folders: `country=NO/`, Hive style.",
        example=["country"],
    )
    compression: str | None = option(
        None, description="Compression of the files; by default what the path's ending says.", example="gzip"
    )
    storage_options: dict[str, Any] = option(
        {}, description="Options for the file system behind a URL, as fsspec takes them.", example={"anon": False}
    )


G = TypeVar("G", bound=FileDestinationOptions)


class FileDestination(Destination[G]):
    """A destination of files in one format. `endings` are the format's; the first one is given to new parts."""

    endings: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def encoder(self, file: IO[bytes], schema: pa.Schema) -> Encoder:
        """The format's encoder for one open file."""

    @abstractmethod
    def schema_of(self, paths: Sequence[str]) -> pa.Schema:
        """The schema of the files, at least one, read as one table."""

    @abstractmethod
    def kept(self, schema: pa.Schema) -> pa.Schema:
        """The types that come back from a file of such columns. Raises SchemaError for one that has no place in it."""

    @abstractmethod
    def source(self, path: str | tuple[str, ...], names: Sequence[str]) -> Source[Any]:
        """The format's source for files that this destination wrote; `names` are the columns that stand in them."""

    def compression(self) -> str | None:
        """The compressor around the whole file: as set, or as the path's ending says; None for none."""
        chosen = self.options.compression
        return compression_of(self.options.path) if chosen is None else (None if chosen == "none" else chosen)

    def ending(self) -> str:
        """The ending of new part files, compression included."""
        kind = self.compression()
        return self.endings[0] + next((end for end, name in COMPRESSIONS.items() if name == kind), "")

    def layout(self) -> FileLayout:
        return FileLayout.of(local_path(self.options.path), self.endings, self.ending())

    def storage(self) -> Storage:
        return storage_for(self.options.path, self.options.storage_options)

    def default_mode(self) -> WriteMode:
        return WriteMode.FULL_REFRESH if self.layout().is_file else WriteMode.APPEND

    def probe(self) -> Iterator[Probe]:
        folder = self.layout().folder
        if not self.storage().is_local:
            yield Probe(f"write {folder}", True, "remote; checked when the run begins")
            return
        near = folder
        while near and not os.path.exists(near):
            near = os.path.dirname(near)
        writable = os.access(near or ".", os.W_OK)
        yield Probe(f"write {folder}", writable, f"in {near}", "" if writable else "Change the folder's permissions.")

    def describe(self, table: str) -> pa.Schema | None:
        parts = self.parts()
        return self._with_folders(self.schema_of([ref.path for ref in parts])) if parts else None

    def parts(self) -> list[FileRef]:
        """The data that is there: all files of a directory, or the file and what was appended beside it."""
        layout, storage = self.layout(), self.storage()
        if not layout.is_file:
            endings = (*self.endings, self.ending())
            return [ref for ref in storage.files(layout.path) if ref.path.lower().endswith(endings)]
        return [*storage.files(glob.escape(layout.path)), *self.appended()]

    def appended(self) -> Iterator[FileRef]:
        """The files that our own appends have put beside a single file: those whose token has a record here."""
        layout, storage = self.layout(), self.storage()
        start, ending = layout.siblings
        for ref in storage.files(f"{glob.escape(start)}*{glob.escape(ending)}"):
            if storage.exists(layout.record(ref.path.removeprefix(start).removesuffix(ending))):
                yield ref

    def stored(self, schema: pa.Schema) -> pa.Schema:
        folders = self.options.partition_by
        kept = self.kept(pa.schema([field for field in schema if field.name not in folders]))
        return pa.schema(
            [field.with_type(pa.string()) if field.name in folders else kept.field(field.name) for field in schema]
        )

    def _with_folders(self, schema: pa.Schema) -> pa.Schema:
        """The columns of a file and those that are folders; a folder's name is text, whatever was written there."""
        folders = [name for name in self.options.partition_by if name not in schema.names]
        return pa.schema([*schema, *(pa.field(name, pa.string()) for name in folders)])

    def reader(self, table: str) -> Source[Any]:
        """Staged parts stand in hidden folders, where no source looks."""
        schema = self.describe(table)
        inside = [name for name in schema.names if name not in self.options.partition_by] if schema else []
        return self.source(self._visible(), inside)

    def _visible(self) -> str | tuple[str, ...]:
        """The directory, or the file with those that were appended beside it."""
        layout = self.layout()
        if not layout.is_file:
            return f"{layout.path}/"
        return tuple(ref.path for ref in self.parts()) or layout.path

    def begin(self, job: WriteJob) -> WriteSession:
        from conduit.connectors._lib.file_session import FileSession

        return FileSession(self, job)

    def discard(self, job: WriteJob) -> None:
        super().discard(replace(job, changes=()))

    def find(self, table: str, token: str) -> Receipt | None:
        layout, storage = self.layout(), self.storage()
        if storage.is_local and not layout.is_file:
            finish_exchange(layout.beside(token), layout.path, layout.aside(token))
        record = read_record(storage, layout.record(token))
        if record is None:
            return None
        record.carry_out(storage, layout.folder)
        for leftover in (layout.staging(token), layout.beside(token), layout.aside(token)):
            storage.remove(leftover)
        return record.receipt()
