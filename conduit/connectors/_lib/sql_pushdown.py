"""What a SQL source takes over from the engine, and the text for it: only what provably gives the same rows.

The engine's own filter is the reference. A comparison is absorbed when column and value are of one kind: an integer
column with an integer that it can hold, a text column with a text. Floats (NaN), decimals, dates written as text and
booleans stay with the engine: there the two could differ, and a filter left behind is slow, never wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from conduit.connectors._lib.sql import quote
from conduit.errors import nearest_name
from conduit.sdk import Comparison, IsNull, Predicate, ReadRequest, SourceError

Condition = tuple[str, tuple[int | str, ...]]
Translate = Callable[[Comparison, pa.DataType], Condition | None]


def absorb(request: ReadRequest, schema: pa.Schema, translate: Translate, place: str) -> ReadRequest:
    """The part of `request` that the source will apply. Raises SourceError for a column that is not there."""
    for name in request.columns or ():
        if name not in schema.names:
            near = nearest_name(name, schema.names)
            raise SourceError(
                f"There is no column {name!r}.",
                place=place,
                remedy=f"Did you mean {near!r}?" if near else f"Columns: {', '.join(schema.names)}.",
            )
    taken = request.filter is None or _conditions(request.filter, schema, translate) is not None
    # What the engine still has to apply may need any column, and comes before a limit.
    whole = taken and request.cursor is None
    return replace(
        request,
        columns=request.columns if whole else None,
        filter=request.filter if taken else None,
        cursor=None,
        limit=request.limit if whole else None,
    )


def where(request: ReadRequest, schema: pa.Schema, translate: Translate) -> tuple[list[str], list[int | str]]:
    """The absorbed filter as conditions to be joined by AND, and their parameters."""
    found = _conditions(request.filter, schema, translate) if request.filter else None
    return [text for text, _ in found or ()], [value for _, values in found or () for value in values]


def holds(kind: pa.DataType, value: object) -> bool:
    """Whether `value` is an integer that a column of the integer type `kind` can hold."""
    if not pa.types.is_integer(kind) or not isinstance(value, int) or isinstance(value, bool):
        return False
    low = -(1 << kind.bit_width - 1) if pa.types.is_signed_integer(kind) else 0
    high = (1 << kind.bit_width - (1 if pa.types.is_signed_integer(kind) else 0)) - 1
    return low <= value <= high and value < 1 << 63


def _conditions(predicate: Predicate, schema: pa.Schema, translate: Translate) -> list[Condition] | None:
    if not predicate.exact:
        return None
    found: list[Condition] = []
    for piece in predicate.pushable:
        if piece.column not in schema.names:
            return None
        if isinstance(piece, IsNull):
            found.append((f"{quote(piece.column)} IS {'NOT ' if piece.negated else ''}NULL", ()))
            continue
        condition = translate(piece, schema.field(piece.column).type)
        if condition is None:
            return None
        found.append(condition)
    return found
