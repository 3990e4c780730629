"""JSON files, in and out: arrays, single objects, and one object a line (NDJSON)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, ClassVar, Literal

import pyarrow as pa
from pydantic import field_validator, model_validator

from conduit.connectors._lib.encoder import CompressedEncoder, Encoder
from conduit.connectors._lib.file_destination import FileDestination, FileDestinationOptions
from conduit.connectors._lib.file_source import FileSource, FileSourceOptions, fingerprint_of
from conduit.connectors._lib.file_storage import FileRef
from conduit.connectors._lib.file_streams import COMPRESSIONS
from conduit.connectors._lib.json_content import Format, detect_format
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
    first_rows,
    last_rows,
    option,
    parse_type,
)

if TYPE_CHECKING:
    from conduit.connectors._lib.json_text import Value

_DESCRIBED_ROWS = 1_000


class JsonSourceOptions(FileSourceOptions):
    """How the files are laid out and typed. What is not set is detected from the beginning of each file."""

    format: Literal["auto", "ndjson", "array", "object"] = option(
        "auto", description="One object a line, an array of objects, or one object in the whole file.", example="ndjson"
    )
    columns: dict[str, str] = option(
        {},
        description="Types of columns, by name; the others are inferred. `string` takes any value, as its JSON text; "
        "`float64` lets go of digits that it cannot hold, which in an inferred column make the row a reject.",
        example={"amount": "decimal(12,2)", "tags": "list<string>"},
    )
    sample_size: int | None = option(
        1_000,
        description="Rows to infer types from, at the beginning, in the middle and at the end of a file; "
        "null looks at every row. A key that no sampled row has makes its row a reject.",
        example=10_000,
        ge=1,
    )
    infer_dates: bool = option(
        True, description="Whether text that is an ISO 8601 date or timestamp in every sampled row is read as one."
    )

    @field_validator("columns")
    @classmethod
    def _types(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value.values():
            parse_type(name)
        return value


class JsonSource(FileSource[JsonSourceOptions]):
    """Reads JSON as typed batches; nested values become structs and lists, and every digit of a number is kept.

    A row that is no JSON, that does not fit the columns, that has a key which no sampled row had, or that has a key
    twice, becomes a reject with its place and text. A key whose value is null counts as absent.
    """

    spec = SourceSpec("json", "JSON: arrays, objects, NDJSON", resume=True, absorbs=frozenset({"columns"}))
    options_model = JsonSourceOptions
    endings: ClassVar[tuple[str, ...]] = (".json", ".jsonl", ".ndjson")

    def scan_files(self, files: Sequence[FileRef], request: ReadRequest) -> Scan:
        schema = self._schema(request)
        wanted = request.columns or tuple(schema.names)
        for name in wanted:
            if name not in schema.names:
                raise SourceError(
                    f"There is no column {name!r}.",
                    place=files[0].path,
                    remedy=f"It has: {', '.join(schema.names)}.",
                )
        travelling = base64.b64encode(schema.serialize()).decode()
        return Scan(
            schema=pa.schema([schema.field(name) for name in wanted]),
            partitions=tuple(
                Partition(ref.path, {"path": ref.path, "schema": travelling}, bytes_estimate=max(ref.size, 0))
                for ref in files
            ),
            absorbed=ReadRequest(columns=request.columns),
            bytes_estimate=sum(max(ref.size, 0) for ref in files),
            fingerprint=fingerprint_of(files),
        )

    def read_file(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        from conduit.connectors._lib.json_read import JsonReader

        match partition.spec:
            case {"path": str(path), "schema": str(travelling)}:
                schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(travelling)))
            case other:
                raise SourceError(f"{other!r} is no partition of this source.", place="json")
        storage = self.storage(path)
        reader = JsonReader(
            storage,
            path,
            self._format(path),
            schema,
            list(request.columns or schema.names),
            exact=frozenset(schema.names) - self.options.columns.keys(),
        )
        yield from reader.messages(request.batch_bytes, resume)

    def sample_file(
        self, partitions: Sequence[Partition], scan: Scan, request: ReadRequest, rows: int
    ) -> Iterator[Sample]:
        from conduit.connectors._lib.json_starts import CHUNK_BYTES, starts_of

        [partition] = partitions
        path, size = partition.id, partition.bytes_estimate or 0
        starts = starts_of(self.storage(path), path, size, self._format(path), rows)
        asked = replace(request, batch_bytes=CHUNK_BYTES)
        for part, start in starts:
            taken = last_rows if part == "tail" else first_rows
            yield from taken(self.read_file(partition, asked, start), part, -(-rows // len(starts)))

    def _format(self, path: str) -> Format:
        return detect_format(self.storage(path), path) if self.options.format == "auto" else self.options.format

    def _schema(self, request: ReadRequest) -> pa.Schema:
        from conduit.connectors._lib.json_infer import infer_schema
        from conduit.connectors._lib.json_sample import sampled_files

        options = self.options
        declared: Mapping[str, pa.DataType] = {name: parse_type(text) for name, text in options.columns.items()}
        files = self.files()
        # Every row is every row of every file.
        looked_at = files if options.sample_size is None else sampled_files(files)
        schema = infer_schema(self.rows_of(looked_at, options.sample_size, request), declared, options.infer_dates)
        if not schema.names:
            raise SourceError(
                "No row was found whose keys could name the columns.",
                place=files[0].path,
                remedy="Declare `columns`, or check that the file holds JSON objects.",
            )
        return schema

    def rows_of(
        self, files: Sequence[FileRef], count: int | None, request: ReadRequest
    ) -> Iterator[Mapping[str, Value]]:
        """Up to `count` good rows from each of a few places of each file, as Python has them; None gives all."""
        from conduit.connectors._lib.json_sample import sample_rows

        for ref in files:
            form = self._format(ref.path)
            request.notice(f"{ref.path}: {_FORMS[form]}")
            yield from sample_rows(self.storage(ref.path), ref, form, count)


_FORMS = {"ndjson": "one JSON object a line", "array": "an array of JSON objects", "object": "one JSON object"}


class JsonDestinationOptions(FileDestinationOptions):
    """How the files are written."""

    format: Literal["auto", "ndjson", "array"] = option(
        "auto", description="One object a line, or one array; by default an array in a `.json` file, else lines."
    )
    indent: int = option(0, description="Spaces by which fields are indented, in an array.", example=2, ge=0, le=16)
    nulls: Literal["write", "omit"] = option("write", description="Whether a NULL is written or its key left out.")
    nan: Literal["error", "null", "string"] = option(
        "error", description="What becomes of NaN and infinity, which JSON does not have.", example="null"
    )

    @field_validator("compression")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        known = ("none", *COMPRESSIONS.values())
        if value is not None and value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    @model_validator(mode="after")
    def _lines_are_lines(self) -> JsonDestinationOptions:
        if self.indent and self.format == "ndjson":
            raise ValueError("`indent` needs `format: array`: a row of NDJSON is one line")
        return self


class JsonDestination(FileDestination[JsonDestinationOptions]):
    """Writes JSON that reads back as it was: all digits of integers and decimals, ISO 8601 moments, base64 binary.

    Rows of later loads may have keys that earlier ones have not.
    """

    spec = DestinationSpec(
        "json",
        "JSON: arrays, objects, NDJSON",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH}),
        Commit.RENAME,
        typed=False,
        evolves=frozenset({"add"}),
    )
    options_model = JsonDestinationOptions
    endings: ClassVar[tuple[str, ...]] = (".json", ".jsonl", ".ndjson")

    def ending(self) -> str:
        bare = self._bare_path()
        plain = ".json" if self._is_array() else ".jsonl"
        own = next((ending for ending in self.endings if bare.endswith(ending)), plain)
        return own + super().ending().removeprefix(self.endings[0])

    def encoder(self, file: IO[bytes], schema: pa.Schema) -> Encoder:
        from conduit.connectors._lib.json_encode import JsonEncoder, JsonStyle

        options = self.options
        style = JsonStyle(self._is_array(), options.indent, options.nulls, options.nan)
        return CompressedEncoder(file, schema, self.compression(), lambda inner: JsonEncoder(inner, schema, style))

    def kept(self, schema: pa.Schema) -> pa.Schema:
        from conduit.connectors._lib.json_kept import kept_type

        return pa.schema([field.with_type(kept_type(field.type, field.name)) for field in schema])

    def describe(self, table: str) -> pa.Schema | None:
        # A load of no rows leaves a file that has no schema.
        return super().describe(table) or None

    def source(self, path: str | tuple[str, ...], names: Sequence[str]) -> JsonSource:
        hive, storage = bool(self.options.partition_by), self.options.storage_options
        # Every row was written, so every row is looked at; and text stays text, also where it looks like a date.
        options = JsonSourceOptions(
            path=path, hive_partitioning=hive, storage_options=storage, sample_size=None, infer_dates=False
        )
        return JsonSource(options)

    def schema_of(self, paths: Sequence[str]) -> pa.Schema:
        """The keys of the first rows of each file: a row has all of its part's, and parts need not have the same."""
        from conduit.connectors._lib.json_infer import infer_schema

        source = JsonSource(JsonSourceOptions(path=tuple(paths), storage_options=self.options.storage_options))
        count = max(_DESCRIBED_ROWS // len(paths), 1)
        return infer_schema(source.rows_of(source.files(), count, ReadRequest()), {}, dates=False)

    def _is_array(self) -> bool:
        if self.options.format != "auto":
            return self.options.format == "array"
        return self.options.indent > 0 or self._bare_path().endswith(".json")

    def _bare_path(self) -> str:
        bare = self.options.path.lower()
        for ending in COMPRESSIONS:
            bare = bare.removesuffix(ending)
        return bare


SOURCE = JsonSource
DESTINATION = JsonDestination
