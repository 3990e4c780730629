"""Batches to the bytes of a CSV file, column by column with Arrow kernels.

NULL is an unquoted spelling (by default nothing), the empty string is `""`; so both survive being read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.encoder import Encoder
from conduit.sdk import SchemaError, plain_type, type_name

_ROWS_AT_ONCE = 65_536
_BYTES_AT_ONCE = 64 << 20


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How rows are written. `quoting` is minimal | all | none; `null` is what stands for NULL."""

    delimiter: str = ","
    quote: str = '"'
    quoting: str = "minimal"
    header: bool = True
    null: str = ""
    newline: str = "\n"


class CsvEncoder(Encoder):
    """Raises SchemaError for types that CSV has no spelling for: lists, structs, maps, binary, durations."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, style: CsvStyle) -> None:
        super().__init__(file, schema)
        for field in schema:
            require_text(field)
        self._style = style
        if style.header and len(schema):
            names = pa.array(schema.names, pa.string())
            line = style.delimiter.join(_quoted(names, style).to_pylist()) + style.newline
            file.write(line.encode())

    def write(self, batch: pa.RecordBatch) -> None:
        per_row = max(batch.nbytes // max(batch.num_rows, 1), 1)
        rows = max(min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // per_row), 1)
        for start in range(0, batch.num_rows, rows):
            self._write(batch.slice(start, rows))

    def close(self) -> None:
        return

    def _write(self, batch: pa.RecordBatch) -> None:
        style = self._style
        texts = [pc.fill_null(self._column(column), style.null) for column in batch.columns]
        rows = pc.binary_join_element_wise(*texts, style.delimiter) if len(texts) > 1 else texts[0]
        whole = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
        self.file.write(pc.binary_join(whole, style.newline)[0].as_buffer())
        self.file.write(style.newline.encode())

    def _column(self, column: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        textual = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        text = column.cast(pa.string())
        return _quoted(text, self._style) if textual or self._style.quoting == "all" else text


def _quoted(text: pa.Array, style: CsvStyle) -> pa.Array:
    """Text with quotes where a reader would otherwise take it for something else."""
    if style.quoting == "all":
        needs = pc.is_valid(text)
    else:
        special = "".join(f"\\x{ord(char):02x}" for char in f"{style.delimiter}{style.quote}\r\n")
        needs = pc.match_substring_regex(text, rf"[{special}]|^$|^\s|\s$")
        if style.null:
            needs = pc.or_(needs, pc.equal(text, style.null))
    if not pc.any(needs).as_py():
        return text
    if style.quoting == "none":
        value = text.filter(needs)[0].as_py()
        raise SchemaError(
            f"The value {value[:80]!r} cannot be written without quotes.", remedy="Set `quoting: minimal`."
        )
    inner = pc.replace_substring(text, style.quote, style.quote * 2)
    return pc.if_else(needs, pc.binary_join_element_wise(style.quote, inner, style.quote, ""), text)


def require_text(field: pa.Field) -> None:
    """Raise SchemaError, naming the column, unless its values can be spelled."""
    kind = plain_type(field.type)
    binary = pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind)
    runs = pa.types.is_run_end_encoded(kind)
    if pa.types.is_nested(kind) or binary or runs or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        raise SchemaError(
            f"CSV has no spelling for the column {field.name!r} of type {type_name(field.type)}.",
            remedy="Cast it to string, leave it out with `columns:`, or write Parquet or JSON.",
        )
