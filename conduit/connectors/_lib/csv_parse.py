"""One chunk of CSV to one batch, fast: Arrow's parser, and proof that it read what is written, or no result.

Arrow is strict about the number of fields and about values, and tells NULL from the empty string. Three things it
lets pass: text after a closing quote (`"a"b` reads as `ab`), a quote that is never closed in the last column, and
NUL bytes. They are looked for here; a chunk under suspicion goes to `csv_repair`, which decides row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from conduit.connectors._lib.csv_content import Chunk
from conduit.connectors._lib.csv_dialect import Dialect


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds: its dialect, the schema of all its columns, which are wanted, and what reads as NULL."""

    dialect: Dialect
    schema: pa.Schema
    wanted: tuple[str, ...]
    nulls: tuple[str, ...] = ("",)

    @property
    def wanted_schema(self) -> pa.Schema:
        return pa.schema([self.schema.field(name) for name in self.wanted])


def parse_chunk(chunk: Chunk, layout: Layout) -> pa.RecordBatch | None:
    """The chunk's rows, or None when they must be looked at one by one."""
    if _suspicious(chunk.data, layout.dialect):
        return None
    try:
        table = parse(chunk.data, layout, layout.schema, layout.wanted)
    except pa.ArrowInvalid:
        return None
    if layout.dialect.quote and _left_open(table):
        return None
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], layout.wanted_schema)


def parse(data: pa.Buffer, layout: Layout, schema: pa.Schema, wanted: Sequence[str]) -> pa.Table:
    """Parse on this thread alone; raises ArrowInvalid at the first row that does not fit."""
    return pcsv.read_csv(
        pa.BufferReader(data),
        read_options=pcsv.ReadOptions(
            column_names=schema.names, use_threads=False, block_size=max(data.size + 1, 1024)
        ),
        parse_options=_parse_options(layout),
        convert_options=pcsv.ConvertOptions(
            column_types=schema,
            include_columns=list(wanted),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=list(layout.nulls),
            check_utf8=True,
        ),
    )


def _parse_options(layout: Layout) -> pcsv.ParseOptions:
    options = layout.dialect.parse_options()
    # In a file of one column an empty line is a row whose value is NULL; elsewhere it is no row.
    options.ignore_empty_lines = len(layout.schema) > 1
    return options


def _suspicious(data: pa.Buffer, dialect: Dialect) -> bool:
    """Whether the bytes hold a NUL, or a quote that neither begins nor ends a field nor is doubled.

    Comparisons over the whole chunk, as bits: about 1 GB/s, and without the interpreter's lock.
    """
    octets = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    if pc.min(octets).as_py() == 0:
        return True
    if dialect.quote is None or dialect.escape is not None:
        return False
    quotes = pc.equal(octets, pa.scalar(ord(dialect.quote), pa.uint8()))
    if not quotes.true_count:
        return False
    # Of what is not a quote, only separators may stand on the outer side; both line ends are below 14.
    ends = pc.or_(
        pc.equal(octets, pa.scalar(ord(dialect.delimiter), pa.uint8())),
        pc.or_(pc.equal(octets, pa.scalar(10, pa.uint8())), pc.equal(octets, pa.scalar(13, pa.uint8()))),
    )
    size = data.size
    outer = pc.or_(quotes, ends)
    inner = pc.and_not(pc.and_not(quotes.slice(1, size - 2), outer.slice(0, size - 2)), outer.slice(2, size - 2))
    if inner.true_count:
        return True
    doubled = pc.and_(quotes.slice(1), quotes.slice(0, size - 1))
    return bool(doubled.true_count) and _runs_are_odd(data, dialect)


def _runs_are_odd(data: pa.Buffer, dialect: Dialect) -> bool:
    """Whether a run of quotes closes a field in front of more text: an odd run inside, an even one at its start."""
    import polars as pl

    q, d = f"\\x{ord(dialect.quote or '0'):02x}", f"\\x{ord(dialect.delimiter):02x}"
    odd_inside = rf"[^{d}\n{q}](?:{q}{q})*{q}[^{d}\r\n{q}]"
    even_at_start = rf"(?:^|[{d}\n])(?:{q}{q})+[^{d}\r\n{q}]"
    try:
        text = pl.Series([bytes(memoryview(data))]).cast(pl.String)
    except pl.exceptions.PolarsError:
        return True
    return bool(text.str.contains(f"{odd_inside}|{even_at_start}").item())


def _left_open(table: pa.Table) -> bool:
    """Whether the last value ends with the chunk's own last newline, as it does when its quote is never closed."""
    if not table.num_rows or not table.num_columns:
        return False
    column = table.column(table.num_columns - 1)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    last = column[-1].as_py()
    return last is not None and last.endswith("\n")
