"""Sources that are each broken in one way, under the name of the behaviour that must notice."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ConfigDict

from conduit.sdk import (
    Mark,
    Message,
    Options,
    Partition,
    Position,
    Probe,
    ReadRequest,
    Rows,
    Sample,
    Scan,
    SourceError,
    SourceSpec,
)
from conduit.sdk.suites.doubles.memory import MemoryOptions, MemorySource
from conduit.sdk.suites.reading import residual


class ReadsWhenConstructed(MemorySource):
    def __init__(self, options: MemoryOptions) -> None:
        super().__init__(options)
        self.facts = Path("/proc/self/stat").read_text()


class HoldsALock(MemorySource):
    def __init__(self, options: MemoryOptions) -> None:
        super().__init__(options)
        self.lock = threading.Lock()


class LooseOptions(Options):
    model_config = ConfigDict(extra="allow")

    name: str = "memory"


class TakesAnyOption(MemorySource):
    options_model = LooseOptions


class ProbesNothing(MemorySource):
    def probe(self) -> Iterator[Probe]:
        yield Probe("all is well", passed=True)


class MissesWithoutAName(MemorySource):
    def scan(self, request: ReadRequest) -> Scan:
        try:
            return super().scan(request)
        except SourceError:
            raise SourceError("Not found.") from None


class ScansAnew(MemorySource):
    _scans = count()

    def scan(self, request: ReadRequest) -> Scan:
        return replace(super().scan(request), fingerprint=str(next(self._scans)))


class KeepsItsFingerprint(MemorySource):
    def fingerprint(self) -> str:
        return "always the same"


class SpecsOfTuples(MemorySource):
    def scan(self, request: ReadRequest) -> Scan:
        scan = super().scan(request)
        unlike: Any = (0, 10)
        return replace(scan, partitions=tuple(replace(part, spec=unlike) for part in scan.partitions))


class AbsorbsMoreThanItSays(MemorySource):
    spec = SourceSpec("memory", "Claims no filter and absorbs it.", absorbs=frozenset({"columns", "limit"}))


class OverlapsItsPartitions(MemorySource):
    def scan(self, request: ReadRequest) -> Scan:
        scan = super().scan(request)
        first, *others = scan.partitions
        overlapping = [replace(part, spec=[part.spec[0] - 1, part.spec[1]]) for part in others]  # type: ignore[index,operator]
        return replace(scan, partitions=(first, *overlapping))


class ChangesItsSchema(MemorySource):
    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        for message in super().read(partition, request, resume):
            if isinstance(message, Rows):
                narrow = message.data.column(0).cast(pa.int32())
                message = Rows(message.data.set_column(0, message.data.schema.names[0], narrow))
            yield message


class RepeatsARowOnResume(MemorySource):
    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        match resume:
            case Position(int(row)) if row > 0:
                resume = Position(row - 1)
        yield from super().read(partition, request, resume)


class ForgetsTheLimitOnResume(MemorySource):
    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        match resume:
            case Position(int(row)) if request.limit is not None:
                whole = self.view(replace(request, limit=None))
                yield from self.slices(whole, row, whole.num_rows, request.batch_bytes)
            case _:
                yield from super().read(partition, request, resume)


class SharesItsPlace(MemorySource):
    """Keeps the row it has reached on itself, where two readers move it."""

    row = 0

    def slices(self, view: pa.Table, row: int, last: int, batch_bytes: int) -> Iterator[Message]:
        self.row = row
        while self.row < last:
            batch = view.slice(self.row, 50).combine_chunks().to_batches()[0]
            self.row += batch.num_rows
            yield Rows(batch)
            yield Mark(Position(self.row))


class LeaksAFile(MemorySource):
    leaked: ClassVar[list[int]] = []

    def slices(self, view: pa.Table, row: int, last: int, batch_bytes: int) -> Iterator[Message]:
        self.leaked.append(os.open("/dev/null", os.O_RDONLY))
        yield from super().slices(view, row, last, batch_bytes)


class IgnoresTheBatchSize(MemorySource):
    def slices(self, view: pa.Table, row: int, last: int, batch_bytes: int) -> Iterator[Message]:
        yield from super().slices(view, row, last, view.nbytes + 1)


class HoardsItsBatches(MemorySource):
    def slices(self, view: pa.Table, row: int, last: int, batch_bytes: int) -> Iterator[Message]:
        hoard = []
        for message in super().slices(view, row, last, batch_bytes):
            if isinstance(message, Rows):
                hoard.append(message.data.serialize())
            yield message


class KeepsItsColumnOrder(MemorySource):
    def view(self, request: ReadRequest) -> pa.Table:
        view = super().view(request)
        return view.select(sorted(view.column_names))


class PassesNulls(MemorySource):
    def view(self, request: ReadRequest) -> pa.Table:
        if request.filter is None:
            return super().view(request)
        whole = super().view(replace(request, filter=None, columns=None))
        passing = residual(whole, ReadRequest(filter=request.filter))
        nulls = whole.filter(pc.is_null(whole["name"]))
        return residual(pa.concat_tables([passing, nulls]), replace(request, filter=None))


class LimitsEachPartition(MemorySource):
    def scan(self, request: ReadRequest) -> Scan:
        return replace(super().scan(replace(request, limit=None)), absorbed=request)

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        left = request.limit if request.limit is not None else 1 << 62
        for message in super().read(partition, replace(request, limit=None), resume):
            if isinstance(message, Rows):
                message = Rows(message.data.slice(0, left))
                left -= message.data.num_rows
            yield message


class LimitsBeforeItFilters(MemorySource):
    def view(self, request: ReadRequest) -> pa.Table:
        limited = super().view(replace(request, filter=None, columns=None))
        return residual(limited, request)


class ReadsDecimalsAsFloats(MemorySource):
    def view(self, request: ReadRequest) -> pa.Table:
        view = super().view(request)
        for i, field in enumerate(view.schema):
            if pa.types.is_decimal(field.type):
                view = view.set_column(i, field.name, view.column(i).cast(pa.float64()))
        return view


class TidiesNames(MemorySource):
    def view(self, request: ReadRequest) -> pa.Table:
        view = super().view(request)
        return view.rename_columns([re.sub(r"\W", "_", name) for name in view.column_names])


class ForgetsTheSchemaOfNothing(MemorySource):
    def view(self, request: ReadRequest) -> pa.Table:
        view = super().view(request)
        return view if view.num_rows else view.select([])


class SamplesTwice(MemorySource):
    """Gives the first row of every part a second time."""

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        for taken in super().sample(scan, request, rows - 3):
            yield taken
            yield replace(taken, rows=taken.rows.slice(0, 1))


class SamplesEverything(MemorySource):
    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        return super().sample(scan, request, 1 << 40)


class SamplesWithALeak(MemorySource):
    leaked: ClassVar[list[int]] = []

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        self.leaked.append(os.open("/dev/null", os.O_RDONLY))
        yield from super().sample(scan, request, rows)


BROKEN_SOURCES: dict[str, type[MemorySource]] = {
    "test_construction_is_pure": ReadsWhenConstructed,
    "test_pickles": HoldsALock,
    "test_options_are_closed_and_described": TakesAnyOption,
    "test_probe_finds_no_fault_and_raises_nothing": ProbesNothing,
    "test_missing_data_is_named": MissesWithoutAName,
    "test_scan_is_repeatable": ScansAnew,
    "test_fingerprint_follows_the_data": KeepsItsFingerprint,
    "test_partitions_travel_as_json": SpecsOfTuples,
    "test_absorbs_what_the_spec_claims": AbsorbsMoreThanItSays,
    "test_partitions_hold_every_row_once": OverlapsItsPartitions,
    "test_every_batch_has_the_scanned_schema": ChangesItsSchema,
    "test_resume_yields_exactly_the_rest": RepeatsARowOnResume,
    "test_resume_under_pushdown_yields_exactly_the_rest": ForgetsTheLimitOnResume,
    "test_two_threads_read_the_same": SharesItsPlace,
    "test_closing_midway_releases_everything": LeaksAFile,
    "test_batches_are_near_the_asked_size": IgnoresTheBatchSize,
    "test_memory_does_not_grow_with_the_data": HoardsItsBatches,
    "test_a_sample_holds_rows_of_the_source": SamplesTwice,
    "test_a_sample_is_no_larger_than_asked": SamplesEverything,
    "test_a_sample_given_up_releases_everything": SamplesWithALeak,
    "test_columns_equal_selecting_afterwards": KeepsItsColumnOrder,
    "test_filter_equals_filtering_afterwards": PassesNulls,
    "test_limit_equals_limiting_afterwards": LimitsEachPartition,
    "test_limit_counts_the_filtered_rows": LimitsBeforeItFilters,
    "test_types_survive": ReadsDecimalsAsFloats,
    "test_awkward_column_names": TidiesNames,
    "test_no_rows_keep_their_schema": ForgetsTheSchemaOfNothing,
}
