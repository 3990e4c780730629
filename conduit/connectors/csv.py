"""CSV files, in and out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import IO, Any, ClassVar, Literal

import pyarrow as pa
from pydantic import field_validator

from conduit.connectors._lib.csv_content import Transcoded
from conduit.connectors._lib.csv_dialect import Dialect
from conduit.connectors._lib.csv_encode import CsvEncoder, CsvStyle, require_text
from conduit.connectors._lib.csv_layout import CsvFacts, examine, locate
from conduit.connectors._lib.csv_parse import Layout
from conduit.connectors._lib.encoder import CompressedEncoder, Encoder
from conduit.connectors._lib.file_destination import FileDestination, FileDestinationOptions
from conduit.connectors._lib.file_source import FileSource, FileSourceOptions, fingerprint_of
from conduit.connectors._lib.file_storage import FileRef
from conduit.connectors._lib.file_streams import can_seek, open_stream
from conduit.sdk import (
    Commit,
    DestinationSpec,
    Message,
    Partition,
    Position,
    ReadRequest,
    Sample,
    Scan,
    SourceError,
    SourceSpec,
    WriteMode,
    option,
    parse_type,
)


class CsvSourceOptions(FileSourceOptions):
    """How the files are written and typed. What is not set is detected once, from the first file, and shown."""

    delimiter: str | None = option(None, description="The character between fields.", example=";")
    quote: str | None = option(None, description='The quote character; "" for none.', example='"')
    escape: str | None = option(None, description="A character that escapes a quote; normally quotes are doubled.")
    header: bool | None = option(
        None, description="Whether the first row names the columns.", example=True, aliases=("has_header",)
    )
    encoding: str | None = option(None, description="The text encoding, as Python names it.", example="latin-1")
    skip_rows: int = option(0, description="Lines to skip before the header.", example=2, ge=0)
    null_values: tuple[str, ...] = option(
        ("",), description="Unquoted spellings of NULL; a quoted one is text.", example=["", "NA", "NULL"]
    )
    columns: dict[str, str] = option(
        {}, description="Types of columns, by name; the others are inferred.", example={"amount": "decimal(12,2)"}
    )

    @field_validator("delimiter", "escape")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or ord(value) > 127):
            raise ValueError("must be one ASCII character")
        return value

    @field_validator("quote")
    @classmethod
    def _one_character_or_none(cls, value: str | None) -> str | None:
        return value if not value else cls._one_character(value)

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        import codecs

        try:
            return None if value is None else codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"is not an encoding that Python knows: {value!r}") from None

    @field_validator("columns")
    @classmethod
    def _types(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value.values():
            parse_type(name)
        return value


class CsvSource(FileSource[CsvSourceOptions]):
    """Reads CSV files as typed batches; rows that do not parse or convert become rejects with their raw text."""

    spec = SourceSpec("csv", "Delimited text files", resume=True, absorbs=frozenset({"columns"}))
    options_model = CsvSourceOptions
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")

    def scan_files(self, files: Sequence[FileRef], request: ReadRequest) -> Scan:
        first = next((ref for ref in files if ref.size), files[0])
        fixed, given = self._dialect()
        facts = examine(
            self.storage(first.path),
            first,
            fixed,
            given,
            self.options.columns,
            self.options.null_values,
            request.notice,
        )
        wanted = request.columns or tuple(facts.schema.names)
        for name in wanted:
            if name not in facts.schema.names:
                raise SourceError(
                    f"There is no column {name!r}.",
                    place=first.path,
                    remedy=f"It has: {', '.join(facts.schema.names)}.",
                )
        return Scan(
            schema=pa.schema([facts.schema.field(name) for name in wanted]),
            partitions=tuple(
                Partition(ref.path, facts.to_json(ref.path), bytes_estimate=max(ref.size, 0)) for ref in files
            ),
            absorbed=ReadRequest(columns=request.columns),
            bytes_estimate=sum(max(ref.size, 0) for ref in files),
            fingerprint=fingerprint_of(files),
        )

    def read_file(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        from conduit.connectors._lib.csv_read import CsvReader

        path = partition.id
        storage = self.storage(path)
        facts, begin = locate(storage, path, CsvFacts.from_json(partition.spec), self.options.columns)
        wanted = request.columns or tuple(CsvFacts.from_json(partition.spec).schema.names)
        reader = CsvReader(
            path,
            Layout(facts.dialect, facts.schema, wanted, self.options.null_values),
            partial(_open_content, storage, path, facts.dialect),
            request.batch_bytes,
            facts.quoted_newlines,
        )
        match resume:
            case Position(value={"offset": int(offset)}):
                begin = offset
        yield from reader.messages(begin)

    def sample_file(
        self, partitions: Sequence[Partition], scan: Scan, request: ReadRequest, rows: int
    ) -> Iterator[Sample]:
        from conduit.connectors._lib.csv_sample import sample_rows, windows_of

        [partition] = partitions
        path = partition.id
        storage = self.storage(path)
        declared = CsvFacts.from_json(partition.spec)
        facts, begin = locate(storage, path, declared, self.options.columns)
        windows = windows_of(
            partial(_open_content, storage, path, facts.dialect),
            partial(_open_raw, storage, path, facts.dialect) if can_seek(storage, path) else None,
            begin,
            max((partition.bytes_estimate or 0) - facts.dialect.bom, 0),
            rows,
        )
        wanted = request.columns or tuple(declared.schema.names)
        yield from sample_rows(windows, facts, wanted, self.options.null_values, rows, path)

    def _dialect(self) -> tuple[Dialect, frozenset[str]]:
        """What the user fixed of the dialect, and the names of what they fixed."""
        options = self.options
        given = {name for name in ("delimiter", "quote", "header", "encoding") if getattr(options, name) is not None}
        dialect = Dialect(
            delimiter=options.delimiter or ",",
            quote='"' if options.quote is None else options.quote or None,
            escape=options.escape,
            header=options.header is not False,
            encoding=options.encoding or "utf-8",
            skip_rows=options.skip_rows,
        )
        return dialect, frozenset(given)


class CsvDestinationOptions(FileDestinationOptions):
    """How the files are written."""

    delimiter: str = option(",", description="The character between fields.", example=";", min_length=1, max_length=1)
    quoting: Literal["minimal", "all", "none"] = option(
        "minimal", description="Quote what needs it, everything but NULL, or nothing.", example="all"
    )
    header: bool = option(True, description="Whether the first row names the columns.", example=False)
    null_value: str = option("", description="What stands for NULL, unquoted.", example="NULL")


class CsvDestination(FileDestination[CsvDestinationOptions]):
    """Writes CSV files that read back as they were: NULL and the empty string stay apart."""

    spec = DestinationSpec(
        "csv",
        "Delimited text files",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH}),
        Commit.RENAME,
        typed=False,
    )
    options_model = CsvDestinationOptions
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")

    def encoder(self, file: IO[bytes], schema: pa.Schema) -> Encoder:
        options = self.options
        style = CsvStyle(options.delimiter, '"', options.quoting, options.header, options.null_value)
        return CompressedEncoder(file, schema, self.compression(), lambda inner: CsvEncoder(inner, schema, style))

    def kept(self, schema: pa.Schema) -> pa.Schema:
        for field in schema:
            require_text(field)
        return pa.schema([field.with_type(pa.string()) for field in schema])

    def source(self, path: str | tuple[str, ...], names: Sequence[str]) -> CsvSource:
        """All columns are text: what was written, and no guess at what it was."""
        options = self.options
        return CsvSource(
            CsvSourceOptions(
                path=path,
                hive_partitioning=bool(options.partition_by),
                storage_options=options.storage_options,
                delimiter=options.delimiter,
                quote="" if options.quoting == "none" else '"',
                header=options.header,
                encoding="utf-8",
                null_values=(options.null_value,),
                columns=dict.fromkeys(names, "string"),
            )
        )

    def schema_of(self, paths: Sequence[str]) -> pa.Schema:
        """That of the first file: no other may have other columns."""
        options = self.options
        source = CsvSource(CsvSourceOptions(path=paths[0], delimiter=options.delimiter, header=options.header))
        return source.scan(ReadRequest()).schema


def _open_content(storage: Any, path: str, dialect: Dialect, offset: int) -> IO[bytes]:
    """The content of a file, UTF-8 with \\n, from a byte offset of it; the byte-order mark is not part of it."""
    if dialect.encoding == "utf-8" and dialect.newline == "\n":
        return open_stream(storage, path, offset + dialect.bom)
    stream: IO[bytes] = Transcoded(open_stream(storage, path, dialect.bom), dialect)  # type: ignore[assignment]
    left = offset
    while left and (piece := stream.read(min(left, 1 << 20))):
        left -= len(piece)
    return stream


def _open_raw(storage: Any, path: str, dialect: Dialect, offset: int) -> IO[bytes]:
    """The same content from a byte of the file on, the byte-order mark not counted."""
    stream = open_stream(storage, path, offset + dialect.bom)
    plain = dialect.encoding == "utf-8" and dialect.newline == "\n"
    return stream if plain else Transcoded(stream, dialect)  # type: ignore[return-value]


SOURCE = CsvSource
DESTINATION = CsvDestination
