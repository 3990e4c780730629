"""Destinations that are each broken in one way, under the name of the behaviour that must notice."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from conduit.core.fault import failpoint
from conduit.sdk import Json, Probe, Receipt, Source, Staged, WriteJob, WriteMode, WriteSession
from conduit.sdk.suites.doubles.broken_sources import LooseOptions
from conduit.sdk.suites.doubles.folder import FolderDestination, FolderOptions, FolderSession
from conduit.sdk.suites.doubles.memory import MemoryOptions, MemorySource


class CreatesWhenConstructed(FolderDestination):
    def __init__(self, options: FolderOptions) -> None:
        super().__init__(options)
        Path(options.path).mkdir(exist_ok=True)


class HoldsALock(FolderDestination):
    def __init__(self, options: FolderOptions) -> None:
        super().__init__(options)
        self.lock = threading.Lock()


class TakesAnyOption(FolderDestination):
    options_model = LooseOptions


class ProbesByWriting(FolderDestination):
    def probe(self) -> Iterator[Probe]:
        (Path(self.options.path) / "probe").write_text("can write")
        yield Probe("writable", passed=True)


class TakesAnyMode(FolderDestination):
    def begin(self, job: WriteJob) -> WriteSession:
        return FolderSession(self, job)


class NeverDescribes(FolderDestination):
    def describe(self, table: str) -> pa.Schema | None:
        return None


class _Broken(FolderDestination):
    """Only its session is broken."""

    Session: ClassVar[type[FolderSession]]

    def begin(self, job: WriteJob) -> WriteSession:
        super().begin(job)
        return self.Session(self, job)


class AppendReplaces(_Broken):
    class Session(FolderSession):
        def visible_after(self, old: list[str], new: list[str]) -> list[str]:
            return new


class RefreshAppends(_Broken):
    class Session(FolderSession):
        def visible_after(self, old: list[str], new: list[str]) -> list[str]:
            return old + new


class UpsertAppends(RefreshAppends):
    pass


class IgnoresAnEmptyCommit(_Broken):
    class Session(FolderSession):
        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            rows = sum(piece.rows for piece in staged)
            return super().commit(staged, positions) if rows else Receipt(self.job.token, 0)


class PublishesWhenStaged(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            for piece in super().stage(part, batches):
                super().commit([piece], {})
                yield piece

        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            return Receipt(self.job.token, sum(piece.rows for piece in staged), positions=positions)


class ReadsWhatIsStaged(FolderDestination):
    def reader(self, table: str) -> Source[Any] | None:
        staged = [pa.ipc.open_file(path).read_all() for path in sorted(self.place(table).glob("*.arrow"))]
        return MemorySource(MemoryOptions(name=table, table=pa.concat_tables(staged) if staged else None))


class CommitsTheLastPart(_Broken):
    class Session(FolderSession):
        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            whole = sum(piece.rows for piece in staged)
            return replace(super().commit(staged[-1:], positions), rows=whole)


class KeepsEveryAttempt(_Broken):
    class Session(FolderSession):
        attempts = count()

        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(f"{part}-{next(self.attempts)}", batches)

        def visible_after(self, old: list[str], new: list[str]) -> list[str]:
            return old + [path.name for path in self.place.glob(f"{self.job.token}-*.arrow")]


class SharesOnePart(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            held = list(batches)  # so that the two writers do not meet inside one file
            yield from super().stage("shared", iter(held))


class NeverAborts(_Broken):
    class Session(FolderSession):
        def abort(self, staged: Iterable[Staged] = ()) -> None:
            return


class ClearsFirst(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            if self.job.mode is WriteMode.FULL_REFRESH:
                manifest = self.destination.manifest(self.job.table)
                self.publish({**manifest, "parts": []})
            yield from super().stage(part, batches)


class FindsOnlyItsOwn(FolderDestination):
    def __init__(self, options: FolderOptions) -> None:
        super().__init__(options)
        self.landed: set[str] = set()

    def begin(self, job: WriteJob) -> WriteSession:
        self.landed.add(job.token)
        return super().begin(job)

    def find(self, table: str, token: str) -> Receipt | None:
        return super().find(table, token) if token in self.landed else None


class ForgetsPositions(FolderDestination):
    def find(self, table: str, token: str) -> Receipt | None:
        found = super().find(table, token)
        return None if found is None else replace(found, positions={})


class NeverFinds(FolderDestination):
    def find(self, table: str, token: str) -> Receipt | None:
        return None


class PublishesBatchByBatch(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            for i, batch in enumerate(batches):
                for piece in super().stage(f"{part}-{i}", iter([batch])):
                    old = self.destination.manifest(self.job.table)
                    self.publish({**old, "parts": [*old["parts"], str(piece.detail["file"])]})
                    yield piece


class FindsWhatIsOnlyStaged(FolderDestination):
    def find(self, table: str, token: str) -> Receipt | None:
        staged = list(self.place(table).glob(f"{token}-*.arrow"))
        return super().find(table, token) or (Receipt(token, 0) if staged else None)


class RemembersWhenClosed(_Broken):
    class Session(FolderSession):
        manifest: dict[str, Any] | None = None

        def publish(self, manifest: dict[str, Any]) -> None:
            self.manifest = manifest
            landed = {token: kept for token, kept in manifest["receipts"].items() if token != self.job.token}
            super().publish({**manifest, "receipts": landed})

        def close(self) -> None:
            if self.manifest is not None:
                super().publish(self.manifest)


class RemembersInASecondStep(_Broken):
    class Session(FolderSession):
        def publish(self, manifest: dict[str, Any]) -> None:
            landed = {token: kept for token, kept in manifest["receipts"].items() if token != self.job.token}
            super().publish({**manifest, "receipts": landed})
            failpoint("folder.between")
            super().publish(manifest)


class RoundsTimes(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, (_to_the_second(batch) for batch in batches))


class KeepsTheFirstDictionary(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, _under_the_first_dictionary(batches))


class TidiesColumns(_Broken):
    class Session(FolderSession):
        def __init__(self, destination: FolderDestination, job: WriteJob) -> None:
            tidy = pa.schema([field.with_name(re.sub(r"\W", "_", field.name)) for field in job.schema])
            super().__init__(destination, replace(job, schema=tidy))

        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, (b.rename_columns(self.job.schema.names) for b in batches))


class TidiesTables(FolderDestination):
    def place(self, table: str) -> Path:
        return Path(self.options.path) / re.sub(r"\W+", "_", table, flags=re.ASCII)


class TakesBatchesWhenCalled(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            return iter(list(super().stage(part, batches)))


class HoardsItsBatches(_Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, iter(list(batches)))


class LeaksAFile(_Broken):
    class Session(FolderSession):
        leaked: ClassVar[list[int]] = []

        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            self.leaked.append(os.open("/dev/null", os.O_RDONLY))
            yield from super().stage(part, batches)


BROKEN_DESTINATIONS: dict[str, type[FolderDestination]] = {
    "test_construction_is_pure": CreatesWhenConstructed,
    "test_pickles": HoldsALock,
    "test_options_are_closed_and_described": TakesAnyOption,
    "test_probe_changes_nothing": ProbesByWriting,
    "test_modes_are_exactly_what_works": TakesAnyMode,
    "test_describe_gives_none_then_the_schema": NeverDescribes,
    "test_append_twice_adds": AppendReplaces,
    "test_full_refresh_replaces": RefreshAppends,
    "test_upsert_updates_and_inserts": UpsertAppends,
    "test_zero_batches_commit": IgnoresAnEmptyCommit,
    "test_nothing_is_visible_before_commit": PublishesWhenStaged,
    "test_reader_gives_what_is_visible": ReadsWhatIsStaged,
    "test_staged_parts_become_visible_together": CommitsTheLastPart,
    "test_staging_a_part_again_replaces_it": KeepsEveryAttempt,
    "test_two_threads_stage_at_once": SharesOnePart,
    "test_abort_leaves_nothing": NeverAborts,
    "test_failed_load_keeps_the_old_rows": ClearsFirst,
    "test_find_knows_what_landed": FindsOnlyItsOwn,
    "test_find_gives_the_positions_back": ForgetsPositions,
    "test_a_token_lands_once": NeverFinds,
    "test_killed_while_staging_is_taken_over": PublishesBatchByBatch,
    "test_killed_before_commit_lands_once": FindsWhatIsOnlyStaged,
    "test_killed_after_commit_is_found": RemembersWhenClosed,
    "test_killed_at_its_own_failpoints_lands_once": RemembersInASecondStep,
    "test_types_survive": RoundsTimes,
    "test_text_may_come_as_dictionaries": KeepsTheFirstDictionary,
    "test_awkward_column_names": TidiesColumns,
    "test_awkward_table_names": TidiesTables,
    "test_staging_takes_one_batch_at_a_time": TakesBatchesWhenCalled,
    "test_memory_does_not_grow_with_the_data": HoardsItsBatches,
    "test_closing_releases_everything": LeaksAFile,
}


def _under_the_first_dictionary(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first = None
    for batch in batches:
        if pa.types.is_dictionary((names := batch["name"]).type):
            first = names.dictionary if first is None else first
            batch = batch.set_column(1, "name", pa.DictionaryArray.from_arrays(names.indices, first))
        yield batch


def _to_the_second(batch: pa.RecordBatch) -> pa.RecordBatch:
    for i, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            rounded = batch.column(i).cast(pa.timestamp("s", field.type.tz), safe=False).cast(field.type)
            batch = batch.set_column(i, field.name, rounded)
    return batch
