"""Text of PostgreSQL as Arrow arrays: all of it at once, or what can be, with a mask of what cannot."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.pg_types import Form, PgColumn
from conduit.core.casts import cast_exactly, cast_or_null

# What COPY writes behind a backslash. No text has a zero byte: it stands for a backslash while the others are undone.
_ESCAPES = (
    (b"\\\\", b"\0"), (b"\\n", b"\n"), (b"\\t", b"\t"), (b"\\r", b"\r"), (b"\\b", b"\b"), (b"\\f", b"\f"),
    (b"\\v", b"\v"), (b"\0", b"\\"),
)  # fmt: skip
_NESTED = "[["


def unescaped(text: pa.Array) -> pa.Array:
    """The values that COPY's escapes stand for, in text or binary."""
    if not pc.any(pc.match_substring(text, b"\\" if pa.types.is_binary(text.type) else "\\")).as_py():
        return text
    raw = text.cast(pa.binary())
    plain = reduce(lambda values, pair: pc.replace_substring(values, *pair), _ESCAPES, raw)
    return plain if text.type == raw.type else plain.cast(text.type)


def values_of(text: pa.Array, column: PgColumn) -> pa.Array:
    """The column's values. Raises ArrowInvalid when one is special."""
    match column.form:
        case "list":
            return _lists(text, column)
        case form:
            return _scalars(text, column.type, form)


def values_or_null(text: pa.Array, column: PgColumn) -> tuple[pa.Array, pa.Array]:
    """The values that can be; and for each row whether it has one that cannot, which is null in the first."""
    if column.form != "list":
        values = cast_or_null(_spelled(text, column.type), column.type) if column.special else values_of(text, column)
        return values, _lost(text, values)
    nested = pc.starts_with(text, _NESTED).fill_null(False)
    flat = pc.if_else(nested, pa.scalar(None, pa.string()), text)
    texts = _decoded(flat)
    items = texts.flatten()
    if column.item == "hex":
        return values_of(flat, column), nested
    values = cast_or_null(items, column.type.value_type)
    rows = pc.list_parent_indices(texts)
    with_lost = pc.is_in(pa.arange(0, len(text)), rows.filter(_lost(items, values)).cast(pa.int64()))
    return _regrouped(texts, values, column.type), pc.or_(nested, with_lost)


def _scalars(text: pa.Array, kind: pa.DataType, form: Form) -> pa.Array:
    if form == "hex":
        return _bytes(text, prefix=0)
    return cast_exactly(_spelled(text, kind), kind) if text.type != kind else text


def _spelled(text: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_boolean(kind):
        return text
    return pc.if_else(pc.equal(text, "t"), "true", pc.if_else(pc.equal(text, "f"), "false", text))


def _lists(text: pa.Array, column: PgColumn) -> pa.Array:
    if pc.any(pc.starts_with(text, _NESTED)).as_py():
        raise pa.ArrowInvalid("an array of several dimensions")
    texts = _decoded(text)
    items, kind = texts.flatten(), column.type.value_type
    values = _bytes(items, prefix=2) if column.item == "hex" else _scalars(items, kind, column.item)
    return _regrouped(texts, values, column.type)


def _decoded(text: pa.Array) -> pa.Array:
    """JSON arrays of texts as lists of strings."""
    import polars as pl

    series = pl.from_arrow(text)
    assert isinstance(series, pl.Series)
    return series.str.json_decode(pl.List(pl.String)).to_arrow().cast(pa.list_(pa.string()))


def _regrouped(texts: pa.Array, values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Lists of `values` where `texts` has lists; null where it has none."""
    lengths = pc.fill_null(pc.list_value_length(texts), 0).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pa.ListArray.from_arrays(offsets, values, type=kind, mask=texts.is_null())


def _bytes(text: pa.Array, *, prefix: int) -> pa.Array:
    """Bytes from their hexadecimal digits, behind a prefix of so many characters."""
    import polars as pl

    series = pl.from_arrow(text)
    assert isinstance(series, pl.Series)
    digits = series.str.slice(prefix) if prefix else series
    return digits.str.decode("hex", strict=True).to_arrow().cast(pa.binary())


def _lost(text: pa.Array, values: pa.Array) -> pa.Array:
    return pc.and_(text.is_valid(), values.is_null())
