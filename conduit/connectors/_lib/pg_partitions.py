"""A table in pieces that can be read apart: ranges of blocks, of it and of each table that inherits from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conduit.connectors._lib.pg_catalog import Relation
from conduit.connectors._lib.sql import quote
from conduit.sdk import Json, Partition, SourceError

_WORTH_A_CONNECTION = 16 << 20
_TID_RANGES_SINCE = 14


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows to read: all of a table expression, or blocks `first` up to and without `stop` of a table alone."""

    id: str
    relation: str
    first: int | None = None
    stop: int | None = None
    bytes: int | None = None
    rows: int | None = None

    @property
    def conditions(self) -> list[str]:
        """The range as conditions. It is by numbers of ours, not by text of anybody's."""
        bounds = (("ctid >= ", self.first), ("ctid < ", self.stop))
        return [f"{bound}'({number:d},0)'::tid" for bound, number in bounds if number is not None]

    def partition(self, snapshot: str) -> Partition:
        spec: dict[str, Json] = {
            "snapshot": snapshot,
            "relation": self.relation,
            "first": self.first,
            "stop": self.stop,
        }
        return Partition(self.id, spec, self.rows, self.bytes)

    @classmethod
    def of(cls, partition: Partition) -> tuple[Piece, str]:
        """The piece that a partition stands for, and the snapshot to read it in. Raises SourceError."""
        match partition.spec:
            case {
                "snapshot": str(snapshot),
                "relation": str(relation),
                "first": int() | None as first,
                "stop": int() | None as stop,
            }:
                return cls(partition.id, relation, first, stop), snapshot
        raise SourceError(f"The partition {partition.id!r} is not one of a PostgreSQL table.")


def pieces_of(members: Sequence[Relation], wanted: int, block_bytes: int, version: int, *, exact: bool) -> list[Piece]:
    """Pieces of the members, about `wanted` of them: fewer where the tables are small, unless `exact`.

    The last range of a table has no end: what is added behind it is not in the snapshot.
    """
    total = sum(member.bytes for member in members)
    size = -(-total // max(wanted, 1))
    least = block_bytes if exact else _WORTH_A_CONNECTION
    pieces: list[Piece] = []
    for member in members:
        blocks = -(-member.bytes // block_bytes)
        count = min(max(round(member.bytes / max(size, least)), 1), max(blocks, 1))
        if not member.is_heap or version < _TID_RANGES_SINCE:
            # Without ranges of row addresses every piece would look at all rows.
            count = 1
        pieces += _ranges(member, blocks, count, block_bytes)
    return pieces


def _ranges(member: Relation, blocks: int, count: int, block_bytes: int) -> list[Piece]:
    name = f"{member.schema}.{member.name}"
    only = "ONLY " if member.kind == "r" else ""
    relation = f"{only}{quote(member.schema)}.{quote(member.name)}"
    rows = member.rows_estimate(block_bytes)
    if count == 1:
        return [Piece(name, relation, bytes=member.bytes or None, rows=rows)]
    edges = [blocks * number // count for number in range(count)]
    return [
        Piece(
            f"{name}:{first}-{'' if stop is None else stop}",
            relation,
            first or None,
            stop,
            bytes=((stop or blocks) - first) * block_bytes,
            rows=None if rows is None else rows // count,
        )
        for first, stop in zip(edges, [*edges[1:], None], strict=True)
    ]
