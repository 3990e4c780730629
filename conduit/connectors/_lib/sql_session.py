"""What the sessions of SQL destinations have in common: one staging table for all parts, and the rules of its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conduit.connectors._lib.sql import free_name, latest_first, quote
from conduit.connectors._lib.sql_commits import Execute
from conduit.sdk import CommitRejected, DestinationError, Json, Receipt, Staged, WriteJob


class StagedParts:
    """The parts of an epoch in one staging table, told apart by a column of numbers."""

    def __init__(self, job: WriteJob, place: str) -> None:
        self.column = free_name("_conduit_part", job.schema.names)
        self._job, self._place = job, f"{place}, table {job.table}"
        self._numbers: dict[str, int] = {}

    def __contains__(self, part: str) -> bool:
        return part in self._numbers

    def number(self, part: str) -> int:
        """The part's number, given when it is first asked for."""
        return self._numbers.setdefault(part, len(self._numbers))

    def forget(self) -> None:
        self._numbers.clear()

    def require(self, execute: Execute, stage: str, staged: Sequence[Staged]) -> int:
        """The rows that will land. Raises CommitRejected unless they are what was staged, part by part."""
        counts: dict[int, int] = dict(execute(f"SELECT {quote(self.column)}, count(*) FROM {stage} GROUP BY 1", ()))
        for piece in staged:
            there = counts.get(self.number(piece.part), 0)
            if there != piece.rows:
                raise CommitRejected(
                    f"Part {piece.part!r} has {there:,} rows staged and not {piece.rows:,}.",
                    place=self._place,
                    remedy="Run the load again; nothing of it is visible.",
                )
        return sum(piece.rows for piece in staged)

    def remove_others(self, execute: Execute, stage: str, staged: Sequence[Staged]) -> None:
        """Remove from the staging table what belongs to no part of `staged`."""
        if len(staged) < len(self._numbers):
            kept = ", ".join(str(self.number(piece.part)) for piece in staged) or "NULL"
            execute(f"DELETE FROM {stage} WHERE ({quote(self.column)} IN ({kept})) IS NOT TRUE", ())

    def require_keys(self, execute: Execute, stage: str) -> None:
        """Raise DestinationError when a staged row has NULL in its key."""
        nulls = " OR ".join(f"{quote(key)} IS NULL" for key in self._job.keys)
        if execute(f"SELECT 1 FROM {stage} WHERE {nulls} LIMIT 1", ()):
            raise DestinationError(
                f"A row has NULL in its key ({', '.join(self._job.keys)}) and cannot be upserted.",
                place=self._place,
                remedy="Check the key with `not_null`, or choose another one.",
            )

    def latest_first(self, staged: Sequence[Staged], rowid: str) -> str:
        """An ORDER BY under which the row that was written last comes first."""
        return latest_first(self.column, [self.number(piece.part) for piece in staged], rowid)

    def receipt(self, staged: Sequence[Staged], rows: int, positions: Mapping[str, Json]) -> Receipt:
        """What a commit of these pieces gives."""
        parts = tuple(piece.part for piece in staged)
        return Receipt(self._job.token, rows, sum(piece.bytes for piece in staged), parts, dict(positions))


def updated_columns(job: WriteJob) -> list[str]:
    """The columns that an update writes: those that the job names, or all; never those of the key."""
    chosen = job.schema.names if job.update_columns is None else job.update_columns
    return [name for name in chosen if name not in job.keys]
