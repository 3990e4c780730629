"""Rows of any shape through Polars' parser, with the proof that it lost nothing; what is doubtful is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.json_books import books_balance
from conduit.connectors._lib.json_numbers import all_decimal_safe, all_keep_digits
from conduit.connectors._lib.text_cast import cast_text

if TYPE_CHECKING:
    import polars as pl

_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
_LONG_NUMBER = r"[:,\[]\s*-?[0-9](?:[0-9.]{15,}(?:[eE][+-]?[0-9]+)?|[0-9.]*[eE]-[0-9]{3,})"
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_ .\-]+")
_TWO_TO_53 = 2.0**53
_FLOAT32_END = 3.4028235677973366e38


def parse_rows(text: bytes, rows: int, schema: pa.Schema, exact: frozenset[str]) -> pa.RecordBatch | None:
    """The `rows` rows of lines of JSON, or None when one of them does not fit or this parser cannot prove that all do.

    `exact` names the columns whose float64 values must show all their digits.
    """
    if any(_polars_type(field.type) is None for field in schema):
        return None
    decimals = _keys(schema, pa.types.is_decimal)
    if None in decimals:
        return None
    batch = _parse(text, rows, schema, exact, decimals)
    if batch is None and (texts := _keys(schema, pa.types.is_string) - {None}):
        # A column of text takes numbers too, as they are written.
        batch = _parse(text, rows, schema, exact, decimals | texts)
    return batch


def _parse(
    text: bytes, rows: int, schema: pa.Schema, exact: frozenset[str], quoted: frozenset[str | None]
) -> pa.RecordBatch | None:
    import polars as pl

    target = {field.name: _polars_type(field.type) for field in schema}
    try:
        text = _quote_numbers(text, quoted) if quoted else text
        frame = pl.read_ndjson(text, schema=target)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None
    except BaseException as panic:
        # A panic of Polars is no Exception; whatever else is none must pass.
        if type(panic).__name__ != "PanicException":
            raise
        return None
    if frame.height != rows:
        return None
    (batch,) = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks().to_batches()
    columns = [batch.column(i) for i in range(len(schema))]
    leaves = [(field.name, *leaf) for column, field in zip(columns, schema) for leaf in _leaves(column, field.type)]
    if not books_balance(text, batch) or not _fit_leaves(leaves):
        return None
    if not _keep_digits(text, [leaf for name, leaf, kind in leaves if name in exact and pa.types.is_float64(kind)]):
        return None
    try:
        fitted = [_cast(column, field.type) for column, field in zip(columns, schema)]
    except (pa.ArrowInvalid, pl.exceptions.PolarsError):
        return None
    return pa.RecordBatch.from_arrays(fitted, schema=schema)


def _polars_type(kind: pa.DataType, nested: bool = False) -> pl.DataType | None:
    """What Polars is asked for: it is strict about these types. Everything else is read as text and cast by Arrow."""
    import polars as pl

    if pa.types.is_struct(kind):
        fields = {field.name: _polars_type(field.type, nested=True) for field in kind}
        return None if None in fields.values() or not fields else pl.Struct(fields)  # type: ignore[arg-type]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        item = _polars_type(kind.value_type, nested=True)
        return None if item is None or pa.types.is_decimal(kind.value_type) else pl.List(item)
    if pa.types.is_boolean(kind):
        return pl.Boolean()
    if pa.types.is_uint64(kind):
        return pl.UInt64()
    if pa.types.is_integer(kind) or pa.types.is_duration(kind):
        return pl.Int64()
    if pa.types.is_floating(kind):
        return pl.Float64()
    # Arrow casts no text to these inside of lists and structs.
    hard = pa.types.is_time(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return None if pa.types.is_null(kind) or (nested and hard) else pl.String()


def _keys(schema: pa.Schema, wanted: Callable[[pa.DataType], bool]) -> frozenset[str | None]:
    """Names of the fields of a type, at any depth; None stands for one that is no plain name or not unique."""
    fields = list(_fields(schema))
    names = [field.name for field in fields]
    return frozenset(
        field.name if _PLAIN_KEY.fullmatch(field.name) and names.count(field.name) == 1 else None
        for field in fields
        if wanted(field.type)
    )


def _fields(fields: pa.Schema | pa.StructType) -> Iterator[pa.Field]:
    for field in fields:
        yield field
        kind = field.type
        while pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        if pa.types.is_struct(kind):
            yield from _fields(kind)


def _quote_numbers(text: bytes, names: frozenset[str | None]) -> bytes:
    """Put the numbers of these keys in quotes, so that the parser hands over their digits.

    A quote that follows a brace, a comma or a space and belongs to `name":` is a key's: inside a text it would be
    escaped. What is no number by JSON's grammar is left alone, or becomes something that is no JSON.
    """
    import polars as pl

    keys = "|".join(re.escape(name) for name in sorted(filter(None, names)))
    column = pl.Series([text.decode()])
    return str(column.str.replace_all(rf'([{{,\s]"(?:{keys})"\s*:\s*)({_NUMBER})', '${1}"${2}"')[0]).encode()


def _leaves(column: pa.Array, kind: pa.DataType) -> Iterator[tuple[pa.Array, pa.DataType]]:
    """The scalar columns inside of a column, each with the type that it is to have."""
    if pa.types.is_struct(kind):
        for child, field in zip(column.flatten(), kind):
            yield from _leaves(child, field.type)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaves(column.flatten(), kind.value_type)
    else:
        yield column, kind


def _fit_leaves(leaves: list[tuple[str, pa.Array, pa.DataType]]) -> bool:
    """Whether casting is safe where Arrow itself does not look."""
    for _, leaf, kind in leaves:
        if pa.types.is_decimal(kind) and not all_decimal_safe(leaf):
            return False
        if pa.types.is_float32(kind) and pc.any(pc.greater_equal(pc.abs(leaf), _FLOAT32_END)).as_py():
            return False
    return True


def _keep_digits(text: bytes, floats: list[pa.Array]) -> bool:
    """Whether the numbers in the text that are too long for a float64 are in none of these columns."""
    import polars as pl

    if all(len(leaf) == leaf.null_count for leaf in floats) or not _may_be_long(text):
        return True
    found = pl.Series([text.decode()]).str.extract_all(_LONG_NUMBER).explode().str.strip_chars_start(":,[ \t\r\n")
    # A whole number that is long is harmless while all floats are small: then it is some integer column's.
    if not any(pc.any(pc.greater_equal(pc.abs(leaf), _TWO_TO_53)).as_py() for leaf in floats):
        found = found.filter(found.str.contains("[.eE]"))
    return all_keep_digits(found.drop_nulls().to_arrow().cast(pa.string()))


def _may_be_long(text: bytes) -> bool:
    """Whether 16 digits stand in a row somewhere (a point among them), or an exponent below -99."""
    data = np.frombuffer(text, np.uint8)
    # Any 16 bytes in a row hold four of every fourth byte.
    digit = (data[::4] - ord(".")) < 12
    if (digit[:-3] & digit[1:-2] & digit[2:-1] & digit[3:]).any():
        return True
    small = np.flatnonzero(((data[:-1] | 32) == ord("e")) & (data[1:] == ord("-")))
    small = small[small + 4 < len(data)]
    return bool(np.logical_and.reduce([(data[small + i] - ord("0")) < 10 for i in (2, 3, 4)]).any())


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        import polars as pl

        return pl.Series(pl.from_arrow(column)).str.decode("base64").to_arrow().cast(kind)
    return cast_text(column, kind) if pa.types.is_time(kind) else column.cast(kind)
