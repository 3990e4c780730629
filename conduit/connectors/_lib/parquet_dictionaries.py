"""Columns of text that stay dictionary-encoded from one Parquet file to the next: neither decoded nor hashed again.

Arrow hands out a page's indices as they are, and the values of the dictionary without repetitions. Where a dictionary
repeats a value, which the format allows, the two do not belong together. So a dictionary is taken only when it has as
many values as the header of its page says and every index lies within it. All other columns are decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

_LONGEST_HEADER = 256
_MOST_ROWS = 4_000_000  # a row group's indices are held all at once
_PLAIN_BYTES = 4  # of a value that is not in a dictionary: its length alone takes as many
_I32, _STRUCT = 5, 12  # types of Thrift's compact protocol
_DICTIONARY_PAGE_HEADER = 7


class DictionaryReader:
    """Reads dictionaries of one local file, whose metadata and schema are known already. Use it in a `with` block."""

    def __init__(self, path: str, metadata: pq.FileMetaData, schema: pa.Schema, wanted: Sequence[str]) -> None:
        self._metadata = metadata
        leaves = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
        # A path with a dot may be part of a nested column.
        self._leaves = {
            name: leaves[name]
            for name in wanted
            if name in leaves and "." not in name and _is_text(schema.field(name).type)
        }
        self._bytes: IO[bytes] = open(path, "rb", buffering=0)  # noqa: SIM115 (closed by __exit__)
        self._file = pq.ParquetFile(path, metadata=metadata, read_dictionary=list(self._leaves), pre_buffer=False)

    def __enter__(self) -> DictionaryReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._bytes.close()

    def row_group(self, number: int) -> dict[str, pa.DictionaryArray]:
        """The columns of a row group whose dictionaries pay and are proven, whole. Raises what Arrow raises."""
        sizes = dict(self._paying(number))
        if not sizes:
            return {}
        table = self._file.read_row_group(number, columns=list(sizes), use_threads=True)
        return {name: column.chunk(0) for name, column in _columns(table) if _is_proven(column, sizes[name])}

    def _paying(self, number: int) -> Iterator[tuple[str, int]]:
        """Columns that are smaller than they could be without a dictionary, and how many values theirs has."""
        group = self._metadata.row_group(number)
        if group.num_rows > _MOST_ROWS:
            return
        for name, leaf in self._leaves.items():
            chunk = group.column(leaf)
            small = chunk.total_uncompressed_size < _PLAIN_BYTES * chunk.num_values
            if small and chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
                self._bytes.seek(chunk.dictionary_page_offset)
                count = values_in_dictionary(self._bytes.read(_LONGEST_HEADER))
                if count is not None:
                    yield name, count


def values_in_dictionary(header: bytes) -> int | None:
    """The number of values that the header of a dictionary's page states; None where it is not such a header."""
    try:
        return _count(iter(header))
    except StopIteration:
        return None


def _count(octets: Iterator[int]) -> int | None:
    """Read Thrift's compact protocol: i32 fields up to the struct of the dictionary, whose first field it is."""
    field = 0
    while head := next(octets):
        field, kind = field + (head >> 4), head & 15
        if field == _DICTIONARY_PAGE_HEADER and kind == _STRUCT:
            return _number(octets) if next(octets) == (1 << 4 | _I32) else None
        if kind != _I32:
            return None
        _number(octets)
    return None


def _number(octets: Iterator[int]) -> int:
    """A variable-length integer whose last bit is its sign."""
    value = shift = 0
    while (octet := next(octets)) & 128:
        value, shift = value | (octet & 127) << shift, shift + 7
    value |= octet << shift
    return value >> 1 ^ -(value & 1)


def _columns(table: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    return zip(table.schema.names, table.columns, strict=True)


def _is_proven(column: pa.ChunkedArray, values: int) -> bool:
    if column.num_chunks != 1 or len(column.chunk(0).dictionary) != values:
        return False
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_string_view(kind) or pa.types.is_large_string(kind))
