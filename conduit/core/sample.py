"""A few rows of a source from its head, middle and tail, as they are written there: what a schema is judged by."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

import pyarrow as pa

from conduit.core.message import Malformed, Message, Rows
from conduit.core.request import ReadRequest, Scan

if TYPE_CHECKING:
    from conduit.core.source import Source

T = TypeVar("T")

Part: TypeAlias = Literal["head", "middle", "tail"]
PARTS: tuple[Part, ...] = ("head", "middle", "tail")

BATCH_BYTES = 1 << 20
SAMPLE_BYTES = 8 << 20
"""What one part of a sample holds in memory at most, about."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that follow each other in one part of a source; samples of the same part and `file` continue each other.

    A column has the type that the scan says, or is text as it stands in the file. `unreadable` rows beside them did
    not fit the scanned schema; `reason` says what was wrong with the first. Without any good row there need not be
    a column. `outside` names columns that do not stand in the rows but in the names of folders, say, so that options
    of the source cannot type them.
    """

    part: Part
    rows: pa.RecordBatch
    file: str | None = None
    unreadable: int = 0
    reason: str = ""
    outside: tuple[str, ...] = ()


def three_of(items: Sequence[T]) -> list[T]:
    """The first, the middle and the last one; all of them where there are no more than three."""
    return list(items) if len(items) <= 3 else [items[0], items[len(items) // 2], items[-1]]


def sample_partitions(source: Source[Any], scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
    """The beginnings of the first, the middle and the last partition, `rows` in all, through `read`."""
    chosen = three_of(scan.partitions)
    parts: tuple[Part, ...] = ("head", "tail") if len(chosen) == 2 else PARTS
    asked = replace(scan.absorbed, batch_bytes=min(request.batch_bytes, BATCH_BYTES))
    for part, partition in zip(parts, chosen, strict=False):
        yield from first_rows(source.read(partition, asked, None), part, -(-rows // len(chosen)))


def first_rows(messages: Iterator[Message], part: Part, rows: int, most_bytes: int = SAMPLE_BYTES) -> Iterator[Sample]:
    """The first `rows` rows of what is read, no more than `most_bytes` of them; then the reading is closed."""
    size = 0
    with closing(cast("Any", messages)):
        for message in messages:
            if isinstance(message, Rows):
                batch = message.data.slice(0, rows)
                rows, size = rows - batch.num_rows, size + batch.nbytes
                yield Sample(part, batch)
            elif isinstance(message, Malformed) and message.data.num_rows:
                yield _unreadable(part, message.data.num_rows, message.data.column("message")[0].as_py())
            if rows <= 0 or size >= most_bytes:
                return


def last_rows(messages: Iterator[Message], part: Part, rows: int) -> list[Sample]:
    """The last `rows` rows of what is read to its end, which is not far: no more than a few times SAMPLE_BYTES."""
    found: list[Sample] = []
    left = 0
    for sample in first_rows(messages, part, sys.maxsize, 4 * SAMPLE_BYTES):
        found.append(sample)
        left += sample.rows.num_rows
        while left - found[0].rows.num_rows >= rows and not found[0].unreadable:
            left -= found.pop(0).rows.num_rows
    if left > rows and found:
        found[0] = replace(found[0], rows=found[0].rows.slice(min(left - rows, found[0].rows.num_rows)))
    return found


def _unreadable(part: Part, count: int, reason: str) -> Sample:
    """Rows that could not be read, and no others."""
    return Sample(part, pa.RecordBatch.from_arrays([], names=[]), None, count, reason)
