"""Reading rejects back: a row group at a time, each row under the name by which it is sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from conduit.dlq.catalog import file_id
from conduit.dlq.table import SHAPED
from conduit.errors import SourceError

_KINDS = ("stage", "code", "check")


@dataclass(frozen=True, slots=True)
class Group:
    """Some rejects of a file. `first` is the number in the file of the first of them."""

    file: Path
    first: int
    table: pa.Table

    def ids(self) -> pa.Array:
        """The name of each reject, `<file>:<row>`: the same for ever, and nobody else's."""
        rows = pa.arange(self.first, self.first + self.table.num_rows).cast(pa.string())
        return pc.binary_join_element_wise(file_id(self.file), rows, ":")


def read_groups(file: Path, columns: Sequence[str] | None = None) -> Iterator[Group]:
    """The rejects of a file in their order. Raises SourceError, naming the file, when it cannot be read."""
    try:
        with pq.ParquetFile(file) as opened:
            first = 0
            for number in range(opened.num_row_groups):
                table = opened.read_row_group(number, columns)
                yield Group(file, first, table)
                first += table.num_rows
    except (OSError, pa.ArrowException) as broken:
        raise SourceError(
            f"The rejects cannot be read: {broken}.", place=str(file), remedy="Is the file damaged, or was it purged?"
        ) from broken


def row_schema(file: Path) -> pa.Schema:
    """The columns of the rejected rows themselves; none where they have none."""
    schema = _schema(file)
    return pa.schema(list(schema.field("row").type)) if "row" in schema.names else pa.schema([])


def shaped_schema(file: Path) -> pa.Schema:
    """The columns that all rows of that load had when they were checked, those that a cast rejected among them."""
    noted = (_schema(file).metadata or {}).get(SHAPED)
    return row_schema(file) if noted is None else pa.ipc.read_schema(pa.py_buffer(noted))


def _schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (OSError, pa.ArrowException) as broken:
        raise SourceError(f"The rejects cannot be read: {broken}.", place=str(file)) from broken


@dataclass(frozen=True, slots=True)
class Kinds:
    """Truth values for every reject of a file: it is meant, it never was a row, it was sent again before."""

    meant: pa.BooleanArray
    unparsed: pa.BooleanArray
    replayed: pa.BooleanArray

    @property
    def left(self) -> pa.BooleanArray:
        """Meant, and not sent again so far."""
        return pc.and_not(self.meant, self.replayed)

    @property
    def sendable(self) -> pa.BooleanArray:
        """Left, and a row: it can go as it is."""
        return pc.and_not(self.left, self.unparsed)


def kinds_of(file: Path, check: str | None, replayed: Mapping[str, pa.BooleanArray]) -> Kinds:
    """Look through a file. `check` (a check's label, or a code) says which are meant; None: all."""
    table = pa.concat_tables([group.table for group in read_groups(file, _KINDS)])
    stage, code, label = (_whole(table[name]) for name in _KINDS)
    meant = pa.repeat(pa.scalar(True), len(stage)) if check is None else _is_named(check, code, label)
    before = replayed.get(file_id(file), _none_of(len(stage)))
    return Kinds(meant, pc.equal(stage, "read"), before)


def meant_by(check: str | None, table: pa.Table) -> pa.BooleanArray:
    """Which rejects of a table a check's label, or a code, means."""
    if check is None:
        return pa.repeat(pa.scalar(True), table.num_rows)
    return _is_named(check, _whole(table["code"]), _whole(table["check"]))


def _is_named(check: str, code: pa.Array, label: pa.Array) -> pa.BooleanArray:
    return pc.or_(pc.equal(code, check), pc.fill_null(pc.equal(label, check), False))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _none_of(count: int) -> pa.BooleanArray:
    return pa.repeat(pa.scalar(False), count)
