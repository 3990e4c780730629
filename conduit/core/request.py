"""What a source is asked for, and what it answered that it took upon itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pyarrow as pa

from conduit.core.position import Json
from conduit.core.predicate import Predicate

DEFAULT_BATCH_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class CursorRange:
    """Bounds of the incremental column: after `low`, up to and with `high`; None is open."""

    column: str
    low: Json = None
    high: Json = None


def _silent(text: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What the engine wants of a source. A part that the source cannot absorb is applied by the engine instead.

    `batch_bytes` is the size in bytes that a batch should have in memory, about. `partitions` is how many pieces
    are useful to this machine. With `dictionaries` text may come dictionary-encoded where the source has it so.
    `notice` takes a sentence that the user should see (a detected dialect, say).
    """

    columns: tuple[str, ...] | None = None
    filter: Predicate | None = None
    cursor: CursorRange | None = None
    limit: int | None = None
    partitions: int = 1
    batch_bytes: int = DEFAULT_BATCH_BYTES
    dictionaries: bool = False
    notice: Callable[[str], None] = field(default=_silent, compare=False, repr=False)

    def without(self, absorbed: ReadRequest) -> ReadRequest:
        """What is left for the engine to apply after the source absorbed a part."""
        return replace(
            self,
            columns=None if absorbed.columns == self.columns else self.columns,
            filter=None if absorbed.filter == self.filter else self.filter,
            limit=None if absorbed.limit == self.limit else self.limit,
            cursor=None if absorbed.cursor == self.cursor else self.cursor,
        )


@dataclass(frozen=True, slots=True)
class Partition:
    """A piece of a source that can be read on its own. `id` is stable between two scans of the same data.

    `spec` is whatever the source needs to read it: plain JSON, so that it travels to another process.
    """

    id: str
    spec: Json = None
    rows_estimate: int | None = None
    bytes_estimate: int | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A source's answer: the schema that its rows will have, its pieces, and what it took upon itself.

    `fingerprint` changes when the data behind the source changes (paths with sizes and times, say); None when the
    source cannot tell. `rows_estimate` is None when counting would cost a pass.
    """

    schema: pa.Schema
    partitions: tuple[Partition, ...]
    absorbed: ReadRequest = ReadRequest()
    rows_estimate: int | None = None
    bytes_estimate: int | None = None
    bounded: bool = True
    fingerprint: str | None = None
