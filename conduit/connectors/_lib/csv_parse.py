"""One chunk of CSV to one batch, fast: Arrow's parser, and proof that it read what is written, or no result.

Arrow is strict about the number of fields and about values, and tells NULL from the empty string. What it lets pass is
looked for in `csv_proof`; a chunk under suspicion goes to `csv_repair`, which decides row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pcsv

from conduit.connectors._lib.csv_content import Chunk
from conduit.connectors._lib.csv_decimals import to_decimals
from conduit.connectors._lib.csv_dialect import Dialect
from conduit.connectors._lib.csv_proof import LARGE, suspicious


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
    if suspicious(chunk.data, layout.dialect):
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
    # As text first: Arrow's own way to decimals reads 5e-42 as 0, and 1e-99999999 ends the process.
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
    """Parse on this thread alone; raises ArrowInvalid at the first row that does not fit.

    Large data must have been found to be UTF-8 before.
    """
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
            check_utf8=data.size < LARGE,
        ),
    )


def _parse_options(layout: Layout) -> pcsv.ParseOptions:
    options = layout.dialect.parse_options()
    # In a file of one column an empty line is a row whose value is NULL; elsewhere it is no row.
    options.ignore_empty_lines = len(layout.schema) > 1
    return options
