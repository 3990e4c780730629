"""The part of a request that PostgreSQL takes over: only what gives the very rows that the engine would keep.

Integers compare the same everywhere. Text compares by its bytes under the collation "C", where the server keeps it as
UTF-8. A char(n) ignores blanks at its end, citext ignores case, and a row of NULLs `IS NULL`: those stay with the
engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pyarrow as pa

from conduit.connectors._lib.pg_types import PgColumn
from conduit.connectors._lib.sql import quote
from conduit.connectors._lib.sql_pushdown import Condition, Translate, absorb, holds, where
from conduit.sdk import Comparison, IsNull, Predicate, ReadRequest


def absorbed_by_server(
    request: ReadRequest, columns: Mapping[str, PgColumn], place: str, *, nulls_specials: bool, utf8: bool
) -> ReadRequest:
    """What the server applies. Raises SourceError for a column that is not there.

    With `nulls_specials` a value may be null here that is none to the server.
    """
    schema = pa.schema([(column.name, column.type) for column in columns.values()])
    asked, wanted = request, request.filter
    for piece in wanted.pushable if wanted else ():
        column = columns.get(piece.column)
        if column and isinstance(piece, IsNull) and (not column.null_test or (nulls_specials and column.special)):
            asked = replace(request, filter=Predicate(wanted.text if wanted else ""))
    return absorb(asked, schema, _translate(columns, utf8), place)


def conditions(request: ReadRequest, columns: Mapping[str, PgColumn]) -> tuple[list[str], list[int | str]]:
    """The filter, which must be absorbed, as conditions to be joined by AND, and the values that they refer to.

    COPY takes no parameters: value number n is the transaction's setting `conduit.value_n`.
    """
    schema = pa.schema([(column.name, column.type) for column in columns.values()])
    return where(request, schema, _translate(columns, utf8=True))


def setting(number: int) -> str:
    """The name of the setting that holds a value."""
    return f"conduit.value_{number}"


def _translate(columns: Mapping[str, PgColumn], utf8: bool) -> Translate:
    numbers = count()

    def value_of(kind: str) -> str:
        return f"current_setting('{setting(next(numbers))}')::{kind}"

    def translate(piece: Comparison, kind: pa.DataType) -> Condition | None:
        own = quote(piece.column)
        if isinstance(piece.value, int) and holds(kind, piece.value):
            return f"{own} {piece.op} {value_of('int8')}", (piece.value,)
        if not isinstance(piece.value, str) or "\0" in piece.value or not columns[piece.column].by_bytes:
            return None
        if utf8 or piece.op in ("=", "!="):
            return f'{own} COLLATE "C" {piece.op} {value_of("text")}', (piece.value,)
        return None

    return translate
