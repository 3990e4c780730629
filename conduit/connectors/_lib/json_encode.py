"""Batches as JSON text, column by column with Arrow's kernels: every digit of integers and decimals is written.

Timestamps are ISO 8601 (in UTC with a Z where the column has a zone), dates and times too, durations are whole
numbers of their unit, binary is base64, maps are objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.encoder import Encoder
from conduit.sdk import DestinationError

# Text of more rows at once would not fit the 32-bit offsets that some kernels use.
_ROWS = 1 << 16
_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class JsonStyle:
    """How the rows are laid out: an array or one row a line, indented or not, and what is done about NULL and NaN."""

    array: bool
    indent: int = 0
    nulls: Literal["write", "omit"] = "write"
    nan: Literal["error", "null", "string"] = "error"


class JsonEncoder(Encoder):
    """Writes rows as text while they come; an array is closed at the end. No rows make `[]`, or an empty file."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, style: JsonStyle) -> None:
        super().__init__(file, schema)
        self._style = style
        self._begun = False

    def write(self, batch: pa.RecordBatch) -> None:
        step = max(1, min(_ROWS, _BYTES * batch.num_rows // max(batch.nbytes, 1)))
        for start in range(0, batch.num_rows, step):
            self._write(batch.slice(start, step))

    def close(self) -> None:
        if self._style.array:
            self.file.write(b"\n]\n" if self._begun else b"[]\n")

    def _write(self, batch: pa.RecordBatch) -> None:
        rows = pa.StructArray.from_arrays(batch.columns, fields=list(batch.schema)) if batch.num_columns else None
        pad = " " * self._style.indent
        texts = (
            pa.array(["{}"] * batch.num_rows, pa.large_string()) if rows is None else _object(rows, self._style, pad)
        )
        if self._style.array:
            self.file.write(b",\n" if self._begun else b"[\n")
            # The last row's comma is written when there is a next one.
            lines = _joined(pad, texts, ",\n")
            self.file.write(_bytes_of(lines)[:-2])
        else:
            self.file.write(_bytes_of(_joined(texts, "\n")))
        self._begun = True


def json_texts(values: pa.Array, path: str) -> pa.Array:
    """Each value as compact JSON (large_string), NaN and infinities as strings; a null stays null."""
    return _text(values, JsonStyle(array=True, nan="string"), "", path)


def _text(values: pa.Array, style: JsonStyle, pad: str, path: str) -> pa.Array:
    """Each value as JSON (large_string); a null stays null."""
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        return _text(values.storage, style, pad, path)
    if pa.types.is_dictionary(kind):
        return _text(values.dictionary_decode(), style, pad, path)
    if pa.types.is_struct(kind):
        return _object(values, style, pad, path)
    if pa.types.is_map(kind):
        return _map(values, style, path)
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _list(values.cast(pa.large_list(kind.value_field)), style, path)
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.large_string())
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        # Arrow writes small decimals as 1E-8, and that is JSON; it never writes what JSON does not know.
        return values.cast(pa.large_string())
    if pa.types.is_floating(kind):
        return _float(values, style, path)
    if pa.types.is_duration(kind):
        return values.cast(pa.int64()).cast(pa.large_string())
    return _quoted(_plain(values, path))


def _plain(values: pa.Array, path: str) -> pa.Array:
    """Values that are written as JSON strings, as their text."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _escaped(values.cast(pa.large_string()))
    if pa.types.is_timestamp(kind):
        moments = values.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.timestamp(kind.unit)) if kind.tz else values
        text = pc.replace_substring(moments.cast(pa.large_string()), " ", "T", max_replacements=1)
        return _joined(text, "Z") if kind.tz else text
    if pa.types.is_date(kind):
        return values.cast(pa.date32()).cast(pa.large_string())
    if pa.types.is_time(kind):
        return values.cast(pa.large_string())
    views = pa.types.is_binary_view(kind)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind) or views:
        import polars as pl

        encoded = pl.Series(pl.from_arrow(values.cast(pa.large_binary()))).bin.encode("base64")
        return encoded.to_arrow().cast(pa.large_string())
    raise DestinationError(
        f"The column {path!r} of type {kind} cannot be written as JSON.", remedy="Cast it, or leave it out."
    )


def _float(values: pa.Array, style: JsonStyle, path: str) -> pa.Array:
    import polars as pl

    values = values.cast(pa.float32()) if pa.types.is_float16(values.type) else values
    text = pl.Series(pl.from_arrow(values)).cast(pl.String).to_arrow().cast(pa.large_string())
    finite = pc.is_finite(values)
    if pc.all(finite, min_count=0).as_py():
        return text
    if style.nan == "error":
        bad = text.filter(pc.invert(finite))[0].as_py()
        raise DestinationError(
            f"The column {path!r} holds {bad}, which JSON cannot say.",
            remedy="Set `nan: null` or `nan: string`, or filter such rows.",
        )
    other = _quoted(text) if style.nan == "string" else pa.scalar(None, pa.large_string())
    return pc.if_else(finite, text, other)


def _object(values: pa.StructArray, style: JsonStyle, pad: str, path: str = "") -> pa.Array:
    """Structs as objects. With an indent each field has a line, one step further in than `pad`."""
    inner = pad + " " * style.indent if style.indent else ""
    separator = ",\n" if style.indent else ","
    fields = []
    for field, column in zip(values.type, values.flatten()):
        text = _text(column, style, inner, f"{path}.{field.name}" if path else field.name)
        if style.nulls == "write":
            text = pc.fill_null(text, "null")
        key = _escaped(pa.array([field.name], pa.large_string()))[0].as_py()
        named = _joined(f'{separator}{inner}"{key}":{" " if style.indent else ""}', text)
        # Arrow's own skipping of nulls drops whole rows where there is one column.
        fields.append(pc.fill_null(named, ""))
    if not fields:
        fields.append(pa.array([""] * len(values), pa.large_string()))
    body = pc.utf8_slice_codeunits(_joined(*fields), len(separator))
    opening, closing = ("{\n", "\n" + pad + "}") if style.indent else ("{", "}")
    objects = pc.if_else(pc.equal(body, ""), "{}", _joined(opening, body, closing))
    return pc.if_else(values.is_valid(), objects, pa.scalar(None, pa.large_string())) if values.null_count else objects


def _list(values: pa.Array, style: JsonStyle, path: str) -> pa.Array:
    compact = JsonStyle(array=True, nulls=style.nulls, nan=style.nan)
    items = pc.fill_null(_text(values.flatten(), compact, "", f"{path}[]"), "null")
    return _joined("[", _join_lists(values, items), "]")


def _map(values: pa.MapArray, style: JsonStyle, path: str) -> pa.Array:
    compact = JsonStyle(array=True, nulls=style.nulls, nan=style.nan)
    entries = values.cast(pa.large_list(pa.struct([("key", values.type.key_type), ("value", values.type.item_type)])))
    keys, items = entries.flatten().flatten()
    plain = keys.cast(pa.large_string()) if not _is_text(keys.type) else _escaped(keys.cast(pa.large_string()))
    texts = pc.fill_null(_text(items, compact, "", f"{path}{{}}"), "null")
    return _joined("{", _join_lists(entries, _joined(_quoted(plain), ":", texts)), "}")


def _join_lists(values: pa.Array, items: pa.Array) -> pa.Array:
    """The texts of each list's items, with commas between them; a null list is null."""
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    ends = pc.cumulative_sum_checked(lengths.cast(pa.int32()))
    # The kernel knows small lists of small text only; a piece of a batch is small.
    lists = pa.ListArray.from_arrays(pa.concat_arrays([pa.array([0], pa.int32()), ends]), items.cast(pa.string()))
    joined = pc.binary_join(lists, ",").cast(pa.large_string())
    return pc.if_else(values.is_valid(), joined, pa.scalar(None, pa.large_string())) if values.null_count else joined


def _escaped(texts: pa.Array) -> pa.Array:
    """Text with JSON's escapes. Which ones are needed is read off the bytes, so that most columns pass untouched."""
    texts = pc.cast(texts, pa.large_string())
    # A slice shares its parent's buffer: look at the bytes of these rows only.
    present = np.zeros(256, np.bool_)
    present[np.frombuffer(_bytes_of(texts), np.uint8)] = True
    if present[ord("\\")]:
        texts = pc.replace_substring(texts, "\\", "\\\\")
    if present[ord('"')]:
        texts = pc.replace_substring(texts, '"', '\\"')
    for code in np.flatnonzero(present[:32]):
        texts = pc.replace_substring(texts, chr(code), _SHORT.get(int(code), f"\\u{int(code):04x}"))
    return texts


_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}


def _quoted(texts: pa.Array) -> pa.Array:
    return _joined('"', texts, '"')


def _joined(*parts: pa.Array | str) -> pa.Array:
    """Parts put together row by row; a null in one of them makes the row null."""
    scalars = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*scalars, pa.scalar("", pa.large_string()))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _bytes_of(texts: pa.Array) -> memoryview:
    """All the texts, one behind the other, without a copy."""
    _, bounds, data = texts.buffers()
    if data is None or not len(texts):
        return memoryview(b"")
    offsets = np.frombuffer(bounds, np.int64)
    return memoryview(data)[int(offsets[texts.offset]) : int(offsets[texts.offset + len(texts)])]
