"""One suspicious chunk of CSV, row by row but without a loop over rows: good rows load, bad ones become rejects.

A record is what the grammar says: fields, each quoted with doubled quotes inside or free of quotes at its start,
up to a newline. Where no record fits, one line is taken as malformed and the search goes on behind it, so that a
stray quote costs its own line and not the rest of the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.csv_content import MAX_RECORD, Chunk
from conduit.connectors._lib.csv_dialect import Dialect
from conduit.connectors._lib.csv_parse import Layout, parse
from conduit.connectors._lib.text_cast import cast_or_null
from conduit.sdk import MALFORMED_SCHEMA, SourceError, type_name


@dataclass(frozen=True, slots=True)
class Repaired:
    """`consumed` bytes of the chunk were understood; the rest begins a record that the chunk does not end.

    `lines` has the line of the file at which each of the rows begins.
    """

    rows: pa.RecordBatch
    lines: pa.Array
    malformed: pa.RecordBatch
    consumed: int


def repair_chunk(chunk: Chunk, layout: Layout, file: str, first_line: int) -> Repaired:
    """The good rows and the rejects of a chunk that begins at line `first_line` (1-based) of `file`."""
    records, size = _records(chunk, layout.dialect)
    facts = _facts(records, layout)
    good = facts.filter(pl.col("reason").is_null())
    raw = _parsed(good["record"], layout)
    if raw.num_rows != good.height:
        raise SourceError(
            f"{good.height} records of a chunk parse as {raw.num_rows} rows.",
            place=f"{file}: byte {chunk.offset}",
            remedy="Set delimiter, quote and escape explicitly.",
        )
    rows, values = _convert(raw, layout)
    good = good.with_columns(**values)
    lines = good.filter(pl.col("field").is_null())["line"].cast(pl.Int64) + first_line
    spoiled = good.filter(pl.col("field").is_not_null())
    malformed = facts.filter(pl.col("reason").is_not_null() & (pl.col("reason") != "blank"))
    lost = pl.concat([malformed, spoiled.with_columns(reason=pl.lit("value"))], how="diagonal").sort("offset")
    return Repaired(rows, lines.to_arrow(), _rejects(lost, layout, file, first_line, chunk.offset), size)


def _records(chunk: Chunk, dialect: Dialect) -> tuple[pl.Series, int]:
    """The chunk's records as text of one character per byte, and how many bytes they take."""
    text = bytes(memoryview(chunk.data)).decode("latin-1")
    found = _split(text, dialect, open_end=not chunk.last)
    if len(found) and not found[-1].endswith("\n"):
        open_size = len(found[-1])
        if chunk.size - open_size > 0 or chunk.size < MAX_RECORD:
            return found[:-1], len(text) - open_size
        found = pl.concat([found[:-1], _split(found[-1], dialect, open_end=False)])
    return found, chunk.size


def _split(text: str, dialect: Dialect, open_end: bool) -> pl.Series:
    field, delimiter = _field(dialect), _code(dialect.delimiter)
    record = rf"{field}(?:{delimiter}{field})*\r?\n"
    line = r"[^\n]*\n"
    pattern = f"(?:{record})|(?:{line})"
    if open_end and dialect.quote:
        begun = rf"(?:{field}{delimiter})*{_opened(dialect)}\z"
        pattern = f"(?:{record})|(?:{begun})|(?:{line})"
    return pl.Series([text]).str.extract_all(pattern).explode().drop_nulls()


def _facts(records: pl.Series, layout: Layout) -> pl.DataFrame:
    """Per record its place, and why it is none of the good ones (null for those)."""
    dialect = layout.dialect
    field, delimiter = _field(dialect), _code(dialect.delimiter)
    width = len(layout.schema)
    record = pl.col("record")
    blank = record.str.strip_chars("\r\n") == ""
    frame = pl.DataFrame({"record": records}, schema={"record": pl.String}).with_columns(
        size=record.str.len_chars(),
        lines=record.str.count_matches("\n", literal=True),
        # Each field with a delimiter in front of it, so that no match is empty (after those a search skips a place).
        fields=(pl.lit(dialect.delimiter) + record).str.count_matches(f"{delimiter}{field}"),
        formed=record.str.contains(rf"\A{field}(?:{delimiter}{field})*\r?\n\z"),
    )
    reason = (
        pl.when(blank & pl.lit(width > 1))
        .then(pl.lit("blank"))
        .when(record.str.contains("\0", literal=True))
        .then(pl.lit("nul_byte"))
        .when(~pl.col("formed") & record.str.contains(r"\r[^\n]"))
        .then(pl.lit("bad_newline"))
        .when(~pl.col("formed"))
        .then(pl.lit("bad_quote"))
        .when(pl.col("fields") < width)
        .then(pl.lit("too_few_fields"))
        .when(pl.col("fields") > width)
        .then(pl.lit("too_many_fields"))
    )
    return frame.with_columns(
        reason=reason,
        offset=pl.col("size").cum_sum() - pl.col("size"),
        line=pl.col("lines").cum_sum() - pl.col("lines"),
    )


def _parsed(records: pl.Series, layout: Layout) -> pa.Table:
    """Well-formed records as columns of bytes."""
    schema = pa.schema([(name, pa.binary()) for name in layout.schema.names])
    if not len(records):
        return schema.empty_table()
    text = records.str.join("").item().encode("latin-1")
    return parse(pa.py_buffer(text), layout, schema, schema.names).combine_chunks()


def _convert(raw: pa.Table, layout: Layout) -> tuple[pa.RecordBatch, dict[str, pl.Series]]:
    """The wanted columns converted, without the rows that do not convert, and what was wrong in those.

    The second part is one entry per row: `field` is null for a good row.
    """
    bad = pa.array([False] * 0, pa.bool_()) if not raw.num_rows else pa.repeat(pa.scalar(False), raw.num_rows)
    field = pa.nulls(raw.num_rows, pa.string())
    value = pa.nulls(raw.num_rows, pa.string())
    columns = []
    for name in layout.wanted:
        kind = layout.schema.field(name).type
        text = raw.column(name).combine_chunks()
        if isinstance(text, pa.ChunkedArray):
            text = pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([], text.type)
        if not (pa.types.is_string(kind) or pa.types.is_binary(kind)):
            text = pc.if_else(pc.equal(text, b""), pa.scalar(None, text.type), text)
        cast = cast_or_null(text, kind)
        failed = pc.and_(pc.is_null(cast), pc.is_valid(text))
        fresh = pc.and_not(failed, bad)
        shown = _shown(text, fresh)
        field = pc.if_else(fresh, pa.scalar(name), field)
        value = pc.if_else(fresh, shown, value)
        bad = pc.or_(bad, failed)
        columns.append(cast)
    batch = pa.RecordBatch.from_arrays(columns, schema=layout.wanted_schema)
    return batch.filter(pc.invert(bad)), {"field": pl.Series("field", field), "value": pl.Series("value", value)}


def _shown(text: pa.Array, chosen: pa.Array) -> pa.Array:
    """The chosen values as text that can be printed; the others are null."""
    picked = pc.if_else(chosen, text, pa.scalar(None, text.type))
    return cast_or_null(picked, pa.string()) if picked.null_count < len(picked) else pa.nulls(len(text), pa.string())


def _rejects(lost: pl.DataFrame, layout: Layout, file: str, first_line: int, offset: int) -> pa.RecordBatch:
    width = len(layout.schema)
    kinds = {field.name: type_name(field.type) for field in layout.schema}
    said = pl.col("reason").replace_strict(
        {
            "nul_byte": "the row holds a NUL byte",
            "bad_newline": "a carriage return stands alone in the row",
            "bad_quote": "a quote is not closed, or is followed by more text",
            "value": "",
        },
        default=None,
    )
    ragged = pl.format("expected {} fields, found {}", pl.lit(width), pl.col("fields"))
    kind = pl.col("field").replace_strict(kinds, default=None, return_dtype=pl.String)
    value = pl.format("{} is not a value of type {}", pl.col("value").fill_null("the value"), kind)
    lost = lost.with_columns(pl.col("field").cast(pl.String), pl.col("value").cast(pl.String)) if lost.height else lost
    if not lost.height:
        return pa.RecordBatch.from_pylist([], MALFORMED_SCHEMA)
    shaped = lost.select(
        file=pl.lit(file),
        line=(pl.col("line") + first_line).cast(pl.Int64),
        column_number=pl.lit(None, pl.Int64),
        byte_offset=(pl.col("offset") + offset).cast(pl.Int64),
        record=pl.col("record"),
        code=pl.when(pl.col("reason") == "value").then(pl.lit("bad_value")).otherwise(pl.col("reason")),
        field=pl.col("field"),
        value=pl.col("value"),
        message=pl.when(pl.col("reason") == "value").then(value).otherwise(pl.coalesce(said, ragged)),
    ).to_arrow()
    raw = pa.array([text.encode("latin-1").rstrip(b"\r\n") for text in lost["record"]], pa.large_binary())
    table = shaped.drop_columns("record").append_column("raw", raw)
    arrays = [pa.concat_arrays(table.column(f.name).cast(f.type).chunks) for f in MALFORMED_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=MALFORMED_SCHEMA)


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}"


def _field(dialect: Dialect) -> str:
    """A field: quoted as a whole, or without a quote at its start."""
    d = _code(dialect.delimiter)
    if dialect.quote is None:
        return rf"[^{d}\r\n]*"
    q = _code(dialect.quote)
    bare = rf"(?:[^{q}{d}\r\n][^{d}\r\n]*)?"
    return rf"(?:{q}{_inside(dialect)}*{q}|{bare})"


def _opened(dialect: Dialect) -> str:
    return rf"{_code(dialect.quote or '')}{_inside(dialect)}*"


def _inside(dialect: Dialect) -> str:
    q = _code(dialect.quote or "")
    if dialect.escape and dialect.escape != dialect.quote:
        e = _code(dialect.escape)
        return rf"(?:[^{q}{e}]|{e}(?s:.)|{q}{q})"
    return rf"(?:[^{q}]|{q}{q})"
