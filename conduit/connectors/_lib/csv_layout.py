"""What a CSV file holds, found out once before it is read: dialect, column names, types, where the data begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.csv_dialect import Dialect, detect_dialect, detect_encoding, whole_lines
from conduit.connectors._lib.csv_types import as_text, infer_types
from conduit.connectors._lib.file_storage import FileRef, Storage
from conduit.connectors._lib.file_streams import compression_of, open_stream
from conduit.errors import nearest_name
from conduit.sdk import Json, SourceError, parse_type, type_name

HEAD_BYTES = 512 << 10
WINDOW_BYTES = 64 << 10
WINDOWS = 6


@dataclass(frozen=True, slots=True)
class CsvFacts:
    """What was found out about the first file, and holds for all: plain values, so that it travels as JSON."""

    dialect: Dialect
    schema: pa.Schema
    quoted_newlines: bool

    def to_json(self, path: str) -> dict[str, Json]:
        """The facts as a partition's spec, for the file at `path`."""
        return {
            "path": path,
            "dialect": asdict(self.dialect),
            "columns": {field.name: type_name(field.type) for field in self.schema},
            "quoted_newlines": self.quoted_newlines,
        }

    @classmethod
    def from_json(cls, spec: Any) -> CsvFacts:
        schema = pa.schema([(name, parse_type(kind)) for name, kind in spec["columns"].items()])
        return cls(Dialect(**spec["dialect"]), schema, spec["quoted_newlines"])


def locate(storage: Storage, path: str, facts: CsvFacts, columns: Mapping[str, str]) -> tuple[CsvFacts, int]:
    """The facts with the schema in the order of this file's own header, and the offset at which its data begins.

    Raises SourceError when the file's columns are not those of the first file.
    """
    head = read_head(storage, path)
    encoding, bom = detect_encoding(head[:4096])
    dialect = replace(facts.dialect, bom=bom if bom and encoding == facts.dialect.encoding else 0)
    text = to_utf8(head, dialect)
    declared = dict.fromkeys(facts.schema.names, "") if not dialect.header or not text.strip() else {}
    names, offset = column_names(text, dialect, declared, path)
    if set(names) != set(facts.schema.names):
        missing = [name for name in facts.schema.names if name not in names]
        extra = [name for name in names if name not in facts.schema.names]
        raise SourceError(
            "The file has other columns than the first file"
            + (f"; it lacks {', '.join(map(repr, missing))}" if missing else "")
            + (f"; it adds {', '.join(map(repr, extra))}" if extra else "")
            + ".",
            place=path,
            remedy="Read it as a resource of its own.",
        )
    return replace(facts, dialect=dialect, schema=pa.schema([facts.schema.field(name) for name in names])), offset


def examine(
    storage: Storage,
    ref: FileRef,
    fixed: Dialect,
    given: frozenset[str],
    columns: Mapping[str, str],
    nulls: Sequence[str],
    notice: Callable[[str], None],
) -> CsvFacts:
    """Look at the head of a file, and into its middle and end where that is cheap.

    `given` names the parts of `fixed` that the user set; the rest is detected and told through `notice`.
    """
    head = read_head(storage, ref.path)
    encoding, bom = detect_encoding(head)
    dialect = fixed if "encoding" in given else replace(fixed, encoding=encoding)
    dialect = replace(dialect, bom=bom if encoding == dialect.encoding else 0)
    text = to_utf8(head, dialect)
    skipped = _lines_length(text, dialect.skip_rows)
    dialect = detect_dialect(text[skipped:], dialect, given)
    names, offset = column_names(text, dialect, columns, ref.path)
    body = whole_lines(text[offset:]) if len(head) >= HEAD_BYTES else text[offset:]
    # Declared columns need no evidence, and often all of them are declared.
    samples = [body, *_windows(storage, ref, dialect)] if set(names) - columns.keys() else []
    inferred = infer_types(samples, names, dialect, nulls, columns)
    schema = pa.schema([(f.name, parse_type(columns[f.name]) if f.name in columns else f.type) for f in inferred])
    if not given >= {"delimiter", "quote", "header", "encoding"}:
        notice(f"{ref.path}: {dialect}, {len(names)} columns")
    return CsvFacts(dialect, schema, _has_quoted_newlines(body, names, dialect))


def read_head(storage: Storage, path: str) -> bytes:
    """The first HEAD_BYTES of a file, decompressed."""
    try:
        with open_stream(storage, path) as stream:
            pieces = b""
            while len(pieces) < HEAD_BYTES and (piece := stream.read(HEAD_BYTES - len(pieces))):
                pieces += piece
            return pieces
    except (OSError, EOFError) as broken:
        raise SourceError(f"The file cannot be read: {broken}.", place=path, remedy="Is it damaged?") from broken


def to_utf8(head: bytes, dialect: Dialect) -> bytes:
    """The beginning of a file as UTF-8 with \\n, without its BOM. UTF-8 stays as it is, broken bytes too."""
    body = head[dialect.bom :]
    if dialect.encoding != "utf-8":
        body = body.decode(dialect.encoding, errors="ignore").encode()
    if dialect.newline == "\r" or (b"\n" not in body and b"\r" in body):
        body = body.replace(b"\r", b"\n")
    return body


def column_names(text: bytes, dialect: Dialect, columns: Mapping[str, str], path: str) -> tuple[list[str], int]:
    """The column names, from the header or the declaration, and the offset at which the data begins."""
    skipped = _lines_length(text, dialect.skip_rows)
    first, length = _first_record(text[skipped:], dialect)
    if not first:
        if columns:
            return list(columns), skipped + length
        raise SourceError("The file is empty.", place=path, remedy="Declare `columns:` to read it as no rows.")
    if not dialect.header:
        names = [f"column_{i + 1}" for i in range(len(first))]
        if columns and not set(columns) <= set(names):
            if len(columns) != len(first):
                raise SourceError(f"{len(columns)} columns are declared, the first row has {len(first)}.", place=path)
            names = list(columns)
        return names, skipped
    names = _unique([name.strip() for name in first])
    for declared in columns:
        if declared not in names:
            near = nearest_name(declared, names)
            raise SourceError(
                f"The column {declared!r} is declared but not in the header.",
                place=path,
                remedy=f"Did you mean {near!r}?" if near else f"The header has: {', '.join(names)}.",
            )
    return names, skipped + length


def _first_record(text: bytes, dialect: Dialect) -> tuple[list[str], int]:
    """The first record that is not blank, and the bytes up to its end."""
    lines = io.BytesIO(text).readlines()
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(
        (line.decode("utf-8", errors="replace").replace("\0", "") for line in lines),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
    )
    for row in reader:
        if row:
            return row, sum(len(line) for line in lines[: reader.line_num])
    return [], len(text)


def _unique(names: list[str]) -> list[str]:
    """Names made distinct: an empty one is named for its place, a repeated one gets a number."""
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names, 1):
        base = unique = name or f"column_{place}"
        count = 1
        while unique in taken or (unique != base and unique in names):
            count += 1
            unique = f"{base}_{count}"
        taken.add(unique)
        result.append(unique)
    return result


def _windows(storage: Storage, ref: FileRef, dialect: Dialect) -> list[bytes]:
    """Whole lines from the middle and the end of a large plain local file; elsewhere they would cost a pass."""
    plain = storage.is_local and not compression_of(ref.path) and dialect.encoding == "utf-8"
    if not plain or dialect.newline == "\r" or ref.size < HEAD_BYTES + WINDOWS * WINDOW_BYTES:
        return []
    pieces = []
    with storage.open_read(ref.path) as file:
        for number in range(1, WINDOWS + 1):
            file.seek(HEAD_BYTES + (ref.size - HEAD_BYTES) * number // WINDOWS - WINDOW_BYTES)
            piece = file.read(WINDOW_BYTES)
            begin = piece.find(b"\n") + 1
            pieces.append(whole_lines(piece[begin:]) if number < WINDOWS else piece[begin:])
    return pieces


def _has_quoted_newlines(body: bytes, names: Sequence[str], dialect: Dialect) -> bool:
    if dialect.quote is None or dialect.quote.encode() not in body:
        return False
    table = as_text(body, names, dialect, [""])
    return table is not None and any(pc.any(pc.match_substring(column, "\n")).as_py() for column in table.columns)


def _lines_length(text: bytes, count: int) -> int:
    """The length of the first `count` lines."""
    end = 0
    for _ in range(count):
        found = text.find(b"\n", end)
        if found < 0:
            return len(text)
        end = found + 1
    return end
