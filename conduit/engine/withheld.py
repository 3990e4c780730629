"""A write that must not happen: the contract rejects every row, and not even an empty table is to be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from conduit.core.destination import Receipt, Staged, WriteSession
from conduit.core.position import Json


class Withheld(WriteSession):
    """Takes no row and leaves the destination alone; the epoch around it keeps its rejects and its books."""

    def __init__(self, token: str) -> None:
        self._token = token

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        yield Staged(part, sum(batch.num_rows for batch in batches), 0)

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        return Receipt(self._token, 0, positions=dict(positions))

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        return
