"""Parquet files, in and out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import IO, Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from conduit.connectors._lib.encoder import Encoder
from conduit.connectors._lib.file_destination import FileDestination, FileDestinationOptions
from conduit.connectors._lib.file_source import FileSource, FileSourceOptions, fingerprint_of
from conduit.connectors._lib.file_storage import FileRef, storage_for
from conduit.connectors._lib.parquet_dictionaries import DictionaryReader
from conduit.connectors._lib.parquet_encode import ParquetEncoder, ParquetStyle
from conduit.connectors._lib.parquet_kept import kept_schema
from conduit.connectors._lib.parquet_prune import may_match
from conduit.connectors._lib.parquet_union import Union, brought_to, packed, united, unpacked
from conduit.sdk import (
    Commit,
    DestinationSpec,
    Json,
    Mark,
    Message,
    Partition,
    Position,
    ReadRequest,
    Rows,
    Sample,
    Scan,
    SourceError,
    SourceSpec,
    WriteMode,
    option,
)

PARTITION_BYTES = 64 << 20
_DAMAGE = (pa.ArrowException, OSError)


class ParquetSourceOptions(FileSourceOptions):
    """Parquet says everything else itself."""


class ParquetSource(FileSource[ParquetSourceOptions]):
    """Reads Parquet with Arrow, a run of row groups at a time; row groups that a filter excludes are not read.

    Files of one source may differ: a column that a file lacks is NULL in its rows, and one that has several types gets
    the least that holds all their values. Where only text could, it is an error.
    """

    spec = SourceSpec("parquet", "Apache Parquet files", resume=True, absorbs=frozenset({"columns"}))
    options_model = ParquetSourceOptions
    endings: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def scan_files(self, files: Sequence[FileRef], request: ReadRequest) -> Scan:
        union = Union()
        found: list[tuple[pa.Schema, list[Partition]]] = []
        rows = 0
        for ref in files:
            with self._open(ref.path) as file:
                inside = file.schema_arrow.remove_metadata()
                union.add(inside, ref.path)
                rows += file.metadata.num_rows
                found.append((inside, list(_partitions(ref, file.metadata))))
        schema = union.schema()
        union.tell(request.notice)
        wanted = request.columns or tuple(schema.names)
        for name in wanted:
            if name not in schema.names:
                raise SourceError(
                    f"There is no column {name!r}.", place=files[0].path, remedy=f"It has: {', '.join(schema.names)}."
                )
        return Scan(
            schema=pa.schema([schema.field(name) for name in wanted]),
            partitions=tuple(part for inside, parts in found for part in _brought(parts, inside, schema)),
            absorbed=ReadRequest(columns=request.columns),
            rows_estimate=rows,
            bytes_estimate=sum(max(ref.size, 0) for ref in files),
            fingerprint=fingerprint_of(files),
        )

    def read_file(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        match partition.spec:
            case {"path": str(path), "first": int(first), "last": int(last)}:
                pass
            case _:
                raise SourceError("The partition is not one of Parquet.", place=partition.id)
        match resume:
            case Position(value={"row_group": int(reached)}):
                first = reached
        with self._open(path) as file, ExitStack() as closing:
            per_row = max(_bytes_per_row(file.metadata), 1)
            batch_rows = max(request.batch_bytes // per_row, 1024)
            order, wanted = _columns(partition, file, request)
            kept = request.dictionaries and self.storage(path).is_local and wanted is None
            dictionaries = closing.enter_context(_dictionaries(path, file, order)) if kept else None
            for number in range(first, last):
                if may_match(file.metadata.row_group(number), request.filter):
                    for batch in _row_group(file, path, number, order, batch_rows, dictionaries):
                        yield Rows(batch if wanted is None else brought_to(batch, wanted, path))
                yield Mark(Position({"row_group": number + 1}))

    def sample_file(
        self, partitions: Sequence[Partition], scan: Scan, request: ReadRequest, rows: int
    ) -> Iterator[Sample]:
        from conduit.connectors._lib.parquet_sample import sample_row_groups

        match partitions[0].spec:
            case {"path": str(path)}:
                pass
            case _:
                raise SourceError("The partition is not one of Parquet.", place=partitions[0].id)
        with self._open(path) as file:
            order, wanted = _columns(partitions[0], file, request)
            try:
                for sample in sample_row_groups(file, order, rows, path):
                    yield sample if wanted is None else replace(sample, rows=brought_to(sample.rows, wanted, path))
            except _DAMAGE as damaged:
                raise _corrupt(path, "a row group", damaged) from damaged

    def _open(self, path: str) -> pq.ParquetFile:
        storage = self.storage(path)
        try:
            source: Any = path if storage.is_local else storage.open_read(path)
            return pq.ParquetFile(source, memory_map=False, pre_buffer=not storage.is_local)
        except FileNotFoundError as gone:
            raise SourceError("The file does not exist (any more).", place=path) from gone
        except _DAMAGE as damaged:
            raise _corrupt(path, "footer", damaged) from damaged


class ParquetDestinationOptions(FileDestinationOptions):
    """How the files are written."""

    compression: Literal["none", "snappy", "gzip", "zstd", "brotli", "lz4"] | None = option(
        "snappy", description="Compression of the pages.", example="zstd"
    )
    compression_level: int | None = option(None, description="The codec's level; its own default if unset.", example=3)
    row_group_rows: int = option(1_000_000, description="The most rows of a row group.", example=122_880, ge=1)
    row_group_bytes: int = option(
        64 << 20, description="The size in memory at which a row group is closed.", example=134_217_728, ge=65_536
    )


class ParquetDestination(FileDestination[ParquetDestinationOptions]):
    """Writes Parquet files that read back with the same Arrow types.

    Parts of later loads may have more columns or wider ones: read as one table, old rows have NULL and their values.
    """

    spec = DestinationSpec(
        "parquet",
        "Apache Parquet files",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH}),
        Commit.RENAME,
        dictionaries=True,
        evolves=frozenset({"add", "widen", "relax"}),
    )
    options_model = ParquetDestinationOptions
    endings: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def compression(self) -> str | None:
        return None

    def encoder(self, file: IO[bytes], schema: pa.Schema) -> Encoder:
        options = self.options
        style = ParquetStyle(
            options.compression or "none", options.compression_level, options.row_group_rows, options.row_group_bytes
        )
        return ParquetEncoder(file, schema, style)

    def kept(self, schema: pa.Schema) -> pa.Schema:
        return kept_schema(schema, self.encoder, self.options.path)

    def source(self, path: str | tuple[str, ...], names: Sequence[str]) -> ParquetSource:
        hive, storage = bool(self.options.partition_by), self.options.storage_options
        return ParquetSource(ParquetSourceOptions(path=path, hive_partitioning=hive, storage_options=storage))

    def schema_of(self, paths: Sequence[str]) -> pa.Schema:
        return united((path, self._inside(path)) for path in paths)

    def _inside(self, path: str) -> pa.Schema:
        storage = storage_for(path, self.options.storage_options)
        try:
            return pq.read_schema(path if storage.is_local else storage.open_read(path)).remove_metadata()
        except _DAMAGE as damaged:
            raise _corrupt(path, "footer", damaged) from damaged


def _dictionaries(path: str, file: pq.ParquetFile, columns: Sequence[str]) -> DictionaryReader:
    try:
        return DictionaryReader(path, file.metadata, file.schema_arrow, columns)
    except _DAMAGE as damaged:
        raise _corrupt(path, "footer", damaged) from damaged


def _row_group(
    file: pq.ParquetFile,
    path: str,
    number: int,
    order: tuple[str, ...],
    batch_rows: int,
    dictionaries: DictionaryReader | None,
) -> Iterator[pa.RecordBatch]:
    batches = _batches(file, number, order, batch_rows, dictionaries)
    while True:
        try:
            batch = next(batches, None)
        except _DAMAGE as damaged:
            raise _corrupt(path, f"row group {number}", damaged) from damaged
        if batch is None:
            return
        yield batch


def _batches(
    file: pq.ParquetFile, number: int, order: tuple[str, ...], batch_rows: int, dictionaries: DictionaryReader | None
) -> Iterator[pa.RecordBatch]:
    whole = dictionaries.row_group(number) if dictionaries else {}
    if whole and len(whole) == len(order):
        # One column is read in pieces, so that there are pieces.
        whole.popitem()
    decoded = [name for name in order if name not in whole]
    fields = file.schema_arrow
    schema = pa.schema(
        [fields.field(name).with_type(whole[name].type) if name in whole else fields.field(name) for name in order]
    )
    start = 0
    # A name with a dot would select a nested column too: where all are wanted, none is named.
    named = None if len(decoded) == len(fields) else decoded
    for batch in file.iter_batches(batch_rows, row_groups=[number], columns=named, use_threads=True):
        if not whole:
            # Selecting keeps the number of rows, also where there is no column.
            yield batch.select(order).replace_schema_metadata(None)
            continue
        pieces = {name: column.slice(start, batch.num_rows) for name, column in whole.items()}
        start += batch.num_rows
        columns = [pieces[name] if name in pieces else batch.column(name) for name in order]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _partitions(ref: FileRef, metadata: pq.FileMetaData) -> Iterator[Partition]:
    """Runs of row groups of about PARTITION_BYTES each, uncompressed; at least one, so that an empty file is seen."""
    first, size, rows = 0, 0, 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        size += group.total_byte_size
        rows += group.num_rows
        if size >= PARTITION_BYTES or number + 1 == metadata.num_row_groups:
            spec: Json = {"path": ref.path, "first": first, "last": number + 1}
            yield Partition(f"{ref.path}#{first}-{number + 1}", spec, rows_estimate=rows, bytes_estimate=size)
            first, size, rows = number + 1, 0, 0


def _brought(partitions: Sequence[Partition], inside: pa.Schema, whole: pa.Schema) -> Iterator[Partition]:
    """The partitions of a file; where its columns are not those of all files, they carry what is to be made of them."""
    same = inside.names == whole.names and inside.types == whole.types
    for part in partitions:
        spec = part.spec
        assert isinstance(spec, dict)
        yield part if same else replace(part, spec={**spec, "as": packed(whole)})


def _columns(
    partition: Partition, file: pq.ParquetFile, request: ReadRequest
) -> tuple[tuple[str, ...], pa.Schema | None]:
    """The columns to read of this file, and the schema to bring them to where the files have different ones."""
    match partition.spec:
        case {"as": str(text)}:
            whole = unpacked(text)
            wanted = pa.schema([whole.field(name) for name in request.columns or whole.names])
            return tuple(name for name in wanted.names if name in file.schema_arrow.names), wanted
    return request.columns or tuple(file.schema_arrow.names), None


def _bytes_per_row(metadata: pq.FileMetaData) -> int:
    size = sum(metadata.row_group(i).total_byte_size for i in range(min(metadata.num_row_groups, 4)))
    rows = sum(metadata.row_group(i).num_rows for i in range(min(metadata.num_row_groups, 4)))
    return size // rows if rows else 1


def _corrupt(path: str, where: str, cause: Exception) -> SourceError:
    return SourceError(
        f"The Parquet file is damaged or truncated ({where}): {cause}.",
        place=path,
        remedy="Write or copy it again; nothing of it was loaded.",
    )


SOURCE = ParquetSource
DESTINATION = ParquetDestination
