"""Destinations that are each broken in one way, under the name of the behaviour that must notice."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from conduit.sdk import Probe, Staged, WriteJob, WriteSession
from conduit.sdk.suites.doubles.broken_evolution import BROKEN_EVOLUTION
from conduit.sdk.suites.doubles.broken_failures import BROKEN_FAILURES
from conduit.sdk.suites.doubles.broken_modes import BROKEN_MODES
from conduit.sdk.suites.doubles.broken_sources import LooseOptions
from conduit.sdk.suites.doubles.folder import Broken, FolderDestination, FolderOptions, FolderSession


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


class RoundsTimes(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, (_to_the_second(batch) for batch in batches))


class KeepsTheFirstDictionary(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, _under_the_first_dictionary(batches))


class TidiesColumns(Broken):
    class Session(FolderSession):
        def __init__(self, destination: FolderDestination, job: WriteJob) -> None:
            tidy = pa.schema([field.with_name(re.sub(r"\W", "_", field.name)) for field in job.schema])
            super().__init__(destination, replace(job, schema=tidy))

        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, (b.rename_columns(self.job.schema.names) for b in batches))


class CutsLongNames(Broken):
    class Session(FolderSession):
        def __init__(self, destination: FolderDestination, job: WriteJob) -> None:
            cut = pa.schema([field.with_name(field.name[:63]) for field in job.schema])
            super().__init__(destination, replace(job, schema=cut))

        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, (b.rename_columns(self.job.schema.names) for b in batches))


class TidiesTables(FolderDestination):
    def where(self, table: str) -> Path:
        return Path(self.options.path) / re.sub(r"\W+", "_", table, flags=re.ASCII)


class TakesBatchesWhenCalled(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            return iter(list(super().stage(part, batches)))


class HoardsItsBatches(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            yield from super().stage(part, iter(list(batches)))


class LeaksAFile(Broken):
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
    "test_types_survive": RoundsTimes,
    "test_text_may_come_as_dictionaries": KeepsTheFirstDictionary,
    "test_awkward_column_names": TidiesColumns,
    "test_long_column_names_are_not_cut": CutsLongNames,
    "test_awkward_table_names": TidiesTables,
    "test_staging_takes_one_batch_at_a_time": TakesBatchesWhenCalled,
    "test_memory_does_not_grow_with_the_data": HoardsItsBatches,
    "test_closing_releases_everything": LeaksAFile,
    **BROKEN_MODES,
    **BROKEN_FAILURES,
    **BROKEN_EVOLUTION,
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
