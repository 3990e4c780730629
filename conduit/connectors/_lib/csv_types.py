"""The types of a CSV file's columns, from samples: the narrowest type that holds every sampled value unchanged."""

from __future__ import annotations

from collections.abc import Container, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from conduit.connectors._lib.csv_dialect import Dialect
from conduit.connectors._lib.text_cast import cast_text

# Tried in this order; the first that takes every value of the sample wins, text when none does.
_LADDER = (
    pa.int64(),
    pa.float64(),
    pa.date32(),
    pa.timestamp("us"),
    pa.timestamp("us", "UTC"),
    pa.timestamp("ns"),
    pa.time64("us"),
)
# Text that reads as a number but is none: leading zeros ("007"), hexadecimal, a plus sign.
_NO_NUMBER = r"^\s*(?:[+-]?0\d|0[xX]|\+)"
# More than the 15 digits that a double always keeps, with or without a point.
_LONG_NUMBER = r"\d{16,}|\d[\d.]{16,}"


def infer_types(
    samples: Sequence[bytes],
    names: Sequence[str],
    dialect: Dialect,
    nulls: Sequence[str],
    declared: Container[str] = (),
) -> pa.Schema:
    """A type for each column that is not declared, from pieces of the content that begin and end at records.

    A piece that does not parse as a whole loses its odd rows; they are looked at when they are read.
    """
    if all(name in declared for name in names):
        return pa.schema([(name, pa.string()) for name in names])
    tables = [table for sample in samples if (table := as_text(sample, names, dialect, nulls)) is not None]
    if not tables:
        return pa.schema([(name, pa.string()) for name in names])
    table = pa.concat_tables(tables).combine_chunks()
    types = [pa.string() if name in declared else _type_of(table.column(i)) for i, name in enumerate(names)]
    return pa.schema(list(zip(names, types, strict=True)))


def as_text(
    sample: bytes, names: Sequence[str], dialect: Dialect, nulls: Sequence[str], *, skipped: list[int] | None = None
) -> pa.Table | None:
    """A piece of content as columns of text, without the rows that have another number of fields.

    Of each of those the number of its fields is added to `skipped`.
    """

    def skip(row: pcsv.InvalidRow) -> str:
        if skipped is not None:
            skipped.append(row.actual_columns)
        return "skip"

    # The handler of invalid rows is given text; bytes that are none would be reported on stderr behind our back.
    sample = sample.decode("utf-8", errors="replace").encode()
    try:
        return pcsv.read_csv(
            pa.BufferReader(sample),
            read_options=pcsv.ReadOptions(
                column_names=list(names), use_threads=False, block_size=max(len(sample) + 1, 1024)
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                invalid_row_handler=skip,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=list(nulls),
            ),
        )
    except pa.ArrowInvalid:
        return None


def _type_of(column: pa.ChunkedArray) -> pa.DataType:
    values = pc.utf8_trim_whitespace(column.drop_null())
    values = values.filter(pc.not_equal(values, ""))
    if not len(values):
        return pa.string()
    distinct = values.unique()
    if pc.all(pc.is_in(pc.utf8_lower(distinct), pa.array(["true", "false"]))).as_py():
        return pa.bool_()
    for kind in _LADDER:
        if _holds(distinct, kind):
            return kind
    return pa.string()


def _holds(values: pa.Array, kind: pa.DataType) -> bool:
    try:
        cast = cast_text(values, kind)
    except pa.ArrowInvalid:
        return False
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        if pc.any(pc.match_substring_regex(values, _NO_NUMBER)).as_py():
            return False
        if pa.types.is_floating(kind) and not _float_is_exact(values, cast):
            return False
    return True


def _float_is_exact(values: pa.Array, numbers: pa.Array) -> bool:
    """Whether no number has more digits than a double keeps, or is too large for one."""
    long = pc.match_substring_regex(values, _LONG_NUMBER)
    infinite = pc.and_(pc.is_inf(numbers), pc.match_substring_regex(values, r"\d"))
    return not pc.any(pc.or_(long, infinite)).as_py()
