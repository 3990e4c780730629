"""One chunk of CSV to one batch, fast: Arrow's parser, and proof that it read what is written, or no result.

Arrow is strict about the number of fields and about values, and tells NULL from the empty string. Three things it
lets pass: text after a closing quote (`"a"b` reads as `ab`), a quote that is never closed, and NUL bytes. They are
looked for here; a chunk under suspicion goes to `csv_repair`, which decides row by row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from conduit.connectors._lib.csv_content import Chunk
from conduit.connectors._lib.csv_dialect import Dialect
from conduit.core.types import TINY_NUMBER

_WORTH_POLARS = 4 << 20


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
        return _parse_typed(chunk.data, layout)
    except pa.ArrowInvalid:
        return None


def _parse_typed(data: pa.Buffer, layout: Layout) -> pa.RecordBatch:
    wanted = layout.wanted_schema
    decimals = {field.name for field in wanted if pa.types.is_decimal(field.type)}
    if not decimals:
        return _one_batch(parse(data, layout, layout.schema, layout.wanted))
    if data.size < _WORTH_POLARS:
        if re.search(TINY_NUMBER.encode(), memoryview(data)):
            raise pa.ArrowInvalid("Arrow's conversion of such a number to a decimal kills the process")
        return _one_batch(parse(data, layout, layout.schema, layout.wanted))
    from conduit.connectors._lib.csv_decimals import to_decimals

    texts = pa.schema([field.with_type(pa.string()) if field.name in decimals else field for field in layout.schema])
    batch = _one_batch(parse(data, layout, texts, layout.wanted))
    columns = [
        to_decimals(values, field.type) if field.name in decimals else values
        for field, values in zip(wanted, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=wanted)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


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
    """Whether the bytes hold a NUL, or quotes that are not those of RFC 4180.

    In a well-formed chunk quotes open and close in turn: one that opens stands behind a separator, one that closes
    in front of one, and where a doubled quote closes and opens again it has another quote for a neighbour. So the
    bytes beside the quotes decide, exactly, and kernels look at them without the interpreter's lock.
    """
    octets = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    if pc.min(octets).as_py() == 0:
        return True
    if dialect.quote is None:
        return False
    quote = ord(dialect.quote)
    before, after = _neighbours(octets, quote)
    count = len(after)
    if not count:
        return False
    if count % 2 or dialect.escape is not None:
        return True
    opens = pa.Array.from_buffers(pa.bool_(), count, [None, pa.py_buffer(b"\x55" * (count // 8 + 1))])
    outside = pc.if_else(opens, before, after)
    beside = pa.array([quote, ord(dialect.delimiter), 10, 13], pa.uint8())
    return not pc.all(pc.is_in(outside, beside)).as_py()


def _neighbours(octets: pa.Array, value: int) -> tuple[pa.Array, pa.Array]:
    """The bytes in front of and behind each place where `value` stands; a newline in front of the first byte.

    The last byte is a newline, so there is always one behind.
    """
    last = len(octets) - 1
    if len(octets) < _WORTH_POLARS:
        places = pc.equal(octets, pa.scalar(value, pa.uint8()))
        after = octets.slice(1).filter(places.slice(0, last))
        before = octets.slice(0, last).filter(places.slice(1))
    else:
        # The same with Polars, at eight times the speed; small data is not worth loading it.
        import polars as pl

        series = pl.from_arrow(octets)
        assert isinstance(series, pl.Series)
        found = series == value
        after = series.slice(1).filter(found.slice(0, last)).to_arrow()
        before = series.slice(0, last).filter(found.slice(1)).to_arrow()
    if octets[0].as_py() == value:
        before = pa.concat_arrays([pa.array([10], pa.uint8()), before])
    return before, after
