"""Destinations that show too much, too little or too early: each broken in one way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pyarrow as pa

from conduit.sdk import Json, Receipt, Source, Staged
from conduit.sdk.suites.doubles.folder import Broken, FolderDestination, FolderSession
from conduit.sdk.suites.doubles.memory import MemoryOptions, MemorySource


class AppendReplaces(Broken):
    class Session(FolderSession):
        def visible_after(self, old: list[str], new: list[str]) -> list[str]:
            return new


class RefreshAppends(Broken):
    class Session(FolderSession):
        def visible_after(self, old: list[str], new: list[str]) -> list[str]:
            return old + new


class UpsertAppends(RefreshAppends):
    pass


class IgnoresAnEmptyCommit(Broken):
    class Session(FolderSession):
        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            rows = sum(piece.rows for piece in staged)
            return super().commit(staged, positions) if rows else Receipt(self.job.token, 0)


class PublishesWhenStaged(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            for piece in super().stage(part, batches):
                super().commit([piece], {})
                yield piece

        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            return Receipt(self.job.token, sum(piece.rows for piece in staged), positions=positions)


class ReadsWhatIsStaged(FolderDestination):
    def reader(self, table: str) -> Source[Any] | None:
        staged = [pa.ipc.open_file(path).read_all() for path in sorted(self.where(table).glob("*.arrow"))]
        return MemorySource(MemoryOptions(name=table, table=pa.concat_tables(staged) if staged else None))


class CommitsTheLastPart(Broken):
    class Session(FolderSession):
        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            whole = sum(piece.rows for piece in staged)
            return replace(super().commit(staged[-1:], positions), rows=whole)


class KeepsEveryAttempt(Broken):
    class Session(FolderSession):
        attempts = count()

        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(f"{part}-{next(self.attempts)}", batches)

        def visible_after(self, old: list[str], new: list[str]) -> list[str]:
            return old + [path.name for path in self.place.glob(f"{self.job.token}-*.arrow")]


class SharesOnePart(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            held = list(batches)  # so that the two writers do not meet inside one file
            yield from super().stage("shared", iter(held))


BROKEN_MODES: dict[str, type[FolderDestination]] = {
    "test_append_twice_adds": AppendReplaces,
    "test_full_refresh_replaces": RefreshAppends,
    "test_upsert_updates_and_inserts": UpsertAppends,
    "test_zero_batches_commit": IgnoresAnEmptyCommit,
    "test_nothing_is_visible_before_commit": PublishesWhenStaged,
    "test_reader_gives_what_is_visible": ReadsWhatIsStaged,
    "test_staged_parts_become_visible_together": CommitsTheLastPart,
    "test_staging_a_part_again_replaces_it": KeepsEveryAttempt,
    "test_two_threads_stage_at_once": SharesOnePart,
}
