"""From a rejected row back to where it stood in its source. It costs nothing before a row is rejected."""

from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.message import Rows
from conduit.core.place import PLACES_SCHEMA
from conduit.core.position import Json
from conduit.core.reject import Rejected

TRACED_SCHEMA = pa.schema([*PLACES_SCHEMA, pa.field("position", pa.string())])


class Trace:
    """The rows of one batch on their way through shape, checks and casts, each of which may take some out.

    `since` is the position that reading had last reached, `ahead` the rows that came between it and this batch, and
    `kept` gives the numbers of the rows that the residual let pass.
    """

    def __init__(self, message: Rows, since: Json, ahead: int, kept: Callable[[], pa.Array]) -> None:
        self._place = message.place
        self._since = since
        self._ahead = ahead
        self._kept = kept
        self._numbers: pa.Array | None = None

    def lose(self, rejected: Rejected) -> pa.RecordBatch:
        """Where the rejected rows stood, in TRACED_SCHEMA; from now on they are not on their way any more.

        The position of a row whose line is not known is the one before its batch, and the row's number from there.
        """
        numbers = self._kept() if self._numbers is None else self._numbers
        if len(rejected.numbers) == len(numbers):
            lost, self._numbers = numbers, numbers.slice(0, 0)
        else:
            lost = numbers.take(rejected.numbers)
            self._numbers = numbers.filter(pc.invert(pc.is_in(pa.arange(0, len(numbers)), rejected.numbers)))
        if self._place is None:
            file, line = (pa.nulls(len(lost), field.type) for field in PLACES_SCHEMA)
        else:
            file, line = self._place.of(lost).columns
        position = self._positions(lost, line) if line.null_count else pa.nulls(len(lost), pa.string())
        return pa.RecordBatch.from_arrays([file, line, position], schema=TRACED_SCHEMA)

    def _positions(self, lost: pa.Array, line: pa.Array) -> pa.Array:
        row = pc.add(lost, self._ahead).cast(pa.string())
        counted = pc.binary_join_element_wise(f'{{"since":{json.dumps(self._since)},"row":', row, "}", "")
        return pc.if_else(pc.is_valid(line), pa.scalar(None, pa.string()), counted)
