"""The rows of one piece of a table or query, as messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from conduit.connectors._lib.pg_connect import PgConnection
from conduit.connectors._lib.pg_copy_out import parse, run
from conduit.connectors._lib.pg_frames import Lines
from conduit.connectors._lib.pg_parse import Parser
from conduit.connectors._lib.pg_pushdown import setting
from conduit.connectors._lib.pg_types import PgColumn
from conduit.connectors._lib.table_batches import cut
from conduit.sdk import Malformed, Message, ReadRequest, Rows

_NOTHING = "''"
# Larger ones cost memory and, out of reach of the processor's caches, time.
_LEAST_BLOCK, _MOST_BLOCK = 64 << 10, 4 << 20


def messages(connection: PgConnection, copy: str, parser: Parser, request: ReadRequest) -> Iterator[Message]:
    """What a COPY gives whose first column is empty: rows in batches of the size asked for, and rejects."""
    block_bytes = min(max(2 * request.batch_bytes, _LEAST_BLOCK), _MOST_BLOCK)
    nulled: Counter[str] = Counter()
    for answer in connection.exchange(parse(copy) + run(), block_bytes):
        if isinstance(answer, Lines):
            parsed = parser.parse(answer)
            if parsed.malformed is not None:
                yield Malformed(parsed.malformed)
            for batch in cut(parsed.rows, request.batch_bytes):
                yield Rows(batch)
            nulled.update(parsed.nulled or {})
    for name, count in nulled.items():
        request.notice(f"{count:,} values of {name!r} have no place in Arrow and were read as NULL.")


def select(columns: Sequence[PgColumn], relation: str, conditions: Sequence[str], limit: int | None) -> str:
    """The SELECT of the columns behind an empty one: in its place the stream has what stands before a row."""
    return (
        f"SELECT {', '.join([_NOTHING, *(column.select for column in columns)])} FROM {relation}"
        + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
        + (f" LIMIT {limit:d}" if limit is not None else "")
    )


def copy_out(statement: str, encoding: str) -> str:
    """The COPY of what a SELECT gives."""
    # Where the server does not know the encoding it would refuse all rows for a byte that is no UTF-8.
    return f"COPY ({statement}) TO STDOUT" + (" (ENCODING 'SQL_ASCII')" if encoding == "SQL_ASCII" else "")


def set_values(connection: PgConnection, values: Sequence[int | str]) -> None:
    """Set what the conditions refer to, for this transaction."""
    for number, value in enumerate(values):
        connection.rows("SELECT set_config($1, $2, true)", setting(number), str(value))
