"""What all file sources share: finding the files, telling when they changed, and one partition per file."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import pyarrow as pa

from conduit.connectors._lib.file_hive import filled, folder_schema, with_folders, without_folders
from conduit.connectors._lib.file_storage import FileRef, Storage, local_path, storage_for
from conduit.sdk import (
    FilePlace,
    Message,
    Options,
    Partition,
    Position,
    Probe,
    ReadRequest,
    Rows,
    Sample,
    Scan,
    Source,
    SourceError,
    option,
    three_of,
)


class FileSourceOptions(Options):
    """Where the files are."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str | tuple[str, ...] = option(
        description="A file, a glob, a directory (everything below it) or an fsspec URL; or a list of them.",
        example="data/orders-*.csv",
    )
    hive_partitioning: bool = option(
        True, description="Whether folders such as `country=NO/` are columns of the files in them.", example=False
    )
    storage_options: dict[str, Any] = option(
        {}, description="Options for the file system behind a URL, as fsspec takes them.", example={"anon": True}
    )


F = TypeVar("F", bound=FileSourceOptions)


class FileSource(Source[F]):
    """A source whose partitions are files. `endings` are what it takes of a directory."""

    endings: ClassVar[tuple[str, ...]] = ()

    def probe(self) -> Iterator[Probe]:
        for pattern in self._patterns():
            try:
                files = list(self._matching(pattern))
            except Exception as failed:
                yield Probe(f"list {pattern}", False, str(failed))
                continue
            detail = f"{len(files)} files, {sum(max(f.size, 0) for f in files):,} bytes"
            yield Probe(f"list {pattern}", bool(files), detail, "" if files else "Check the path and its spelling.")

    @abstractmethod
    def scan_files(self, files: Sequence[FileRef], request: ReadRequest) -> Scan:
        """Scan the content of the files, of which there is at least one; each partition's spec has its `path`."""

    @abstractmethod
    def read_file(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        """Read the content of one partition."""

    def scan(self, request: ReadRequest) -> Scan:
        files = self.files()
        folders = folder_schema(files) if self.options.hive_partitioning else pa.schema([])
        if not len(folders):
            return self.scan_files(files, request)
        return with_folders(self.scan_files(files, without_folders(request, folders)), request, folders)

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        spec = partition.spec
        somewhere = FilePlace(_path_of(partition))
        if not isinstance(spec, dict) or "folders" not in spec:
            for message in self.read_file(partition, request, resume):
                yield Rows(message.data, message.place or somewhere) if isinstance(message, Rows) else message
            return
        folders = folder_schema([FileRef(somewhere.file, -1)])
        for message in self.read_file(partition, without_folders(request, folders), resume):
            if isinstance(message, Rows):
                message = Rows(filled(message.data, spec, request.columns), message.place or somewhere)
            yield message

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        """From the first, the middle and the last file, and of each its head, middle and tail where it has them."""
        files: dict[str, list[Partition]] = {}
        for partition in scan.partitions:
            files.setdefault(_path_of(partition), []).append(partition)
        filled_files = [path for path, parts in files.items() if any(part.bytes_estimate for part in parts)]
        chosen = three_of(filled_files or list(files))
        for path in chosen:
            spec = files[path][0].spec
            folders = folder_schema([FileRef(path, -1)]) if isinstance(spec, dict) and "folders" in spec else None
            inner = request if folders is None else without_folders(request, folders)
            for sample in self.sample_file(files[path], scan, inner, -(-rows // len(chosen))):
                if folders is None:
                    yield replace(sample, file=path)
                elif sample.rows.num_columns:
                    whole = filled(sample.rows, spec, request.columns)
                    yield replace(sample, rows=whole, file=path, outside=tuple(folders.names))
                else:
                    yield replace(sample, file=path, outside=tuple(folders.names))

    @abstractmethod
    def sample_file(
        self, partitions: Sequence[Partition], scan: Scan, request: ReadRequest, rows: int
    ) -> Iterator[Sample]:
        """Up to `rows` rows of one file, which has these partitions; `scan` may have the folders' columns besides."""

    def files(self) -> list[FileRef]:
        """All files, in the order they are read. Raises SourceError that names the path when there are none."""
        found: dict[str, FileRef] = {}
        for pattern in self._patterns():
            matched = list(self._matching(pattern))
            if not matched:
                raise SourceError("No file is there.", place=pattern, remedy=self._where_else(pattern))
            found.update({ref.path: ref for ref in matched})
        return list(found.values())

    def storage(self, path: str) -> Storage:
        return storage_for(path, self.options.storage_options)

    def _patterns(self) -> tuple[str, ...]:
        paths = self.options.path
        return tuple(local_path(p) for p in ([paths] if isinstance(paths, str) else paths))

    def _matching(self, pattern: str) -> Iterator[FileRef]:
        for ref in self.storage(pattern).files(pattern):
            if ref.path == pattern or "*" in pattern or self._takes(ref.path):
                yield ref

    def _takes(self, path: str) -> bool:
        bare = path.lower()
        for ending in (".gz", ".zst", ".bz2", ".xz"):
            bare = bare.removesuffix(ending)
        return bare.endswith(self.endings)

    def _where_else(self, pattern: str) -> str:
        """The nearest name in the folder that was looked into."""
        import os

        from conduit.errors import nearest_name

        folder = os.path.dirname(pattern) or "."
        if "://" in pattern or not os.path.isdir(folder):
            return "Check the path; relative paths are relative to the config file."
        near = nearest_name(os.path.basename(pattern), os.listdir(folder))
        return f"Did you mean {os.path.join(folder, near)!r}?" if near else f"The folder {folder!r} has no such file."


def _path_of(partition: Partition) -> str:
    return str(partition.spec["path"]) if isinstance(partition.spec, dict) else partition.id


def fingerprint_of(files: Sequence[FileRef]) -> str:
    """A digest that changes when a file is added, removed, resized or touched."""
    text = "\n".join(f"{ref.path}\0{ref.size}\0{ref.version}" for ref in files)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def partitions_of(files: Sequence[FileRef]) -> tuple[Partition, ...]:
    """One partition per file."""
    return tuple(Partition(ref.path, ref.path, bytes_estimate=max(ref.size, 0)) for ref in files)
