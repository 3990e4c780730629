"""Batches to a Parquet file, row group by row group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from conduit.connectors._lib.encoder import Encoder
from conduit.connectors._lib.parquet_gather import declare, gather, is_encoded_text, plain_text, written_schema

_SAMPLE_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class ParquetStyle:
    """`row_group_rows` is the length of a row group, `row_group_bytes` its size in memory; what is reached first."""

    compression: str = "snappy"
    level: int | None = None
    row_group_rows: int = 1_000_000
    row_group_bytes: int = 64 << 20


class ParquetEncoder(Encoder):
    """Dictionaries are built only for columns whose first batch repeats itself: elsewhere they cost time and size.
    Text that comes as dictionaries is written as it comes.

    Batches are held until they fill a row group, so that small batches do not become small row groups.
    """

    def __init__(self, file: IO[bytes], schema: pa.Schema, style: ParquetStyle) -> None:
        super().__init__(file, schema)
        self._style = style
        self._writer: pq.ParquetWriter | None = None
        self._written = schema
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= self._style.row_group_rows or self._bytes >= self._style.row_group_bytes:
            self._flush()

    def close(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        if self._writer is None:
            self._written = written_schema(self.schema, self._held[0] if self._held else None)
        table = gather(self._held, self._written)
        if self._writer is None:
            self._writer = self._begin(table)
        if table.num_rows:
            self._writer.write_table(table, row_group_size=self._style.row_group_rows)
        self._held, self._rows, self._bytes = [], 0, 0

    def _begin(self, first: pa.Table) -> pq.ParquetWriter:
        sample = first.slice(0, _SAMPLE_ROWS)
        encoded = [field.name for field in self._written if is_encoded_text(field.type)]
        writer = pq.ParquetWriter(
            self.file,
            self._written,
            compression=self._style.compression,
            compression_level=self._style.level,
            use_dictionary=sorted({*encoded, *_repeating(plain_text(sample))}) or False,
            write_statistics=_comparable(plain_text(sample)),
            store_decimal_as_integer=True,
            store_schema=False,
        )
        declare(writer, self.schema)
        return writer


def _comparable(sample: pa.Table) -> list[str] | bool:
    """The columns whose least and greatest values can spare a reader row groups.

    Text that comes in no order has the same range everywhere; comparing all of it takes a sixth of the encoding.
    """
    text = [
        field.name for field in sample.schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]
    unordered = {name for name in text if not _ordered(sample.column(name))}
    return [name for name in sample.schema.names if name not in unordered] or False


def _ordered(values: pa.ChunkedArray) -> bool:
    return len(values) < 2 or bool(pc.all(pc.less_equal(values.slice(0, len(values) - 1), values.slice(1))).as_py())


def _repeating(sample: pa.Table) -> list[str]:
    """The flat columns of a sample with fewer distinct values than half its rows."""
    names = []
    for field in sample.schema:
        if pa.types.is_nested(field.type) or pa.types.is_boolean(field.type):
            continue
        try:
            distinct = pc.count_distinct(sample.column(field.name)).as_py()
        except pa.ArrowNotImplementedError:
            continue
        if distinct * 2 < sample.num_rows:
            names.append(field.name)
    return names
