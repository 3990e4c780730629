"""Tables as multisets of rows: equal when every row is there as often, in whatever order and chunks."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

_SHOWN = 5


def require_same_rows(actual: pa.Table, expected: pa.Table, why: str) -> None:
    """Raise AssertionError, naming `why` and the first rows at fault, unless both hold the same rows."""
    assert actual.column_names == expected.column_names, (
        f"{why}: the columns are {actual.column_names}, expected {expected.column_names}"
    )
    found, wanted = _multiset(actual), _multiset(expected)
    if found != wanted:
        lost, extra = wanted - found, found - wanted
        raise AssertionError(
            f"{why}: {lost.total()} rows are missing and {extra.total()} are too many.\n"
            f"  missing:  {'; '.join(list(lost)[:_SHOWN])}\n  too many: {'; '.join(list(extra)[:_SHOWN])}"
        )


def require_rows_among(actual: pa.Table, whole: pa.Table, why: str) -> None:
    """Raise AssertionError unless every row of `actual` is one of `whole`, counted."""
    extra = _multiset(actual) - _multiset(whole)
    assert not extra, f"{why}: {extra.total()} rows do not belong there: {'; '.join(list(extra)[:_SHOWN])}"


def require_same_schema(actual: pa.Schema, expected: pa.Schema, why: str) -> None:
    """Raise AssertionError unless names and types agree; how wide the offsets of a text are does not matter."""
    found = [(field.name, plain_type(field.type)) for field in actual]
    wanted = [(field.name, plain_type(field.type)) for field in expected]
    differing = [f"{f} instead of {w}" for f, w in zip(found, wanted) if f != w]
    assert found == wanted, f"{why}: {', '.join(differing) or f'{found} instead of {wanted}'}"


def as_schema(table: pa.Table, schema: pa.Schema, why: str) -> pa.Table:
    """`table` with the types of `schema`, by casts that lose nothing; AssertionError when one would."""
    assert table.column_names == schema.names, f"{why}: the columns are {table.column_names}, expected {schema.names}"
    try:
        return table.cast(schema)
    except pa.ArrowException as wrong:
        raise AssertionError(f"{why}: {wrong}") from wrong


def plain_type(kind: pa.DataType) -> pa.DataType:
    """`kind` without its encoding: no dictionaries, no views, 32-bit offsets."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, plain_type(field.type)) for field in kind])
    return kind


def _multiset(table: pa.Table) -> Counter[str]:
    return Counter(map(repr, zip(*(_comparable(column) for column in table.columns))))


def _comparable(column: pa.ChunkedArray) -> list[object]:
    kind = column.type
    if pa.types.is_temporal(kind) and not pa.types.is_date(kind) and kind.unit == "ns":
        # Python's own times end at microseconds.
        column = column.cast(pa.int64())
    values: list[object] = column.cast(plain_type(column.type)).to_pylist()
    return values
