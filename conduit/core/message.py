"""Everything that a source can say: a sum type, so that a delete can never be appended as a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, Union

import pyarrow as pa

from conduit.core.place import Place
from conduit.core.position import Position

MALFORMED_SCHEMA = pa.schema(
    [
        pa.field("file", pa.string(), metadata={"description": "path or URL, null where the source is no file"}),
        pa.field("line", pa.int64(), metadata={"description": "1-based line of the file where the row begins"}),
        pa.field("column_number", pa.int64(), metadata={"description": "1-based character or field, where known"}),
        pa.field("byte_offset", pa.int64(), metadata={"description": "0-based offset of the row in the file"}),
        pa.field("raw", pa.large_binary(), metadata={"description": "the row's bytes as they arrived"}),
        pa.field("code", pa.string(), nullable=False, metadata={"description": "stable name of the reason"}),
        pa.field("field", pa.string(), metadata={"description": "the column at fault, where known"}),
        pa.field("value", pa.string(), metadata={"description": "the value at fault, where known"}),
        pa.field("message", pa.string(), nullable=False, metadata={"description": "the reason, for a person"}),
    ]
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to load. `data` has the schema that the scan promised (or its requested subset of columns), but for text
    that the request lets come dictionary-encoded.

    `place` finds the file and line of a row that is rejected later on.
    """

    data: pa.RecordBatch
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes to apply: `data` carries `_op` (insert | update | delete) and `_seq` beside the columns."""

    data: pa.RecordBatch


@dataclass(frozen=True, slots=True)
class Mark:
    """All before me may be committed; resume after me."""

    position: Position


@dataclass(frozen=True, slots=True)
class Malformed:
    """Rows that the reader itself could not parse; `data` has MALFORMED_SCHEMA, one row per bad row."""

    data: pa.RecordBatch


Message: TypeAlias = Union[Rows, Changes, Mark, Malformed]
