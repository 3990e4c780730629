"""What every source owes its callers, one test per behaviour."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pytest

from conduit.core.predicate import parse_predicate
from conduit.sdk import Position, ReadRequest, Rows, Scan, Source, SourceError
from conduit.sdk.suites import claims, watch
from conduit.sdk.suites.child import copied, growth_of_reading, memory_growth
from conduit.sdk.suites.compare import require_same_rows, require_same_schema
from conduit.sdk.suites.examples import AWKWARD_NAMES, COMMON_TYPES, bulk, every_type, sample
from conduit.sdk.suites.reading import (
    marks_of,
    open_and_close,
    read_all,
    read_partition,
    require_pushdown,
    rows_of,
    scanned,
)

_SMALL = ReadRequest(batch_bytes=4096, partitions=3)
_MARKS_TRIED = 12


class SourceSuite:
    """Subclass it as `TestMySource`, write `make_source` (and `make_missing`), and narrow the claims below."""

    keeps: ClassVar[Literal["rows", "schema", "count"]] = "rows"
    """What a source gives back of the table it was made with: a generator keeps its schema or count only."""
    types: ClassVar[tuple[pa.DataType, ...]] = COMMON_TYPES
    """Column types that the source can hold."""
    awkward_names: ClassVar[tuple[str, ...]] = AWKWARD_NAMES
    """Column names that the source can hold."""
    filters: ClassVar[tuple[str, ...]] = (
        "id > 900", "id >= 10 AND id < 20", "name = 'name 4'", "name IS NULL", "name != 'name 4'", "score > 10.5",
        "score IS NOT NULL AND id != 12", "id % 2 = 0 OR name LIKE 'name 1%'", "id < 0",
    )  # fmt: skip
    """Conditions on the columns id (int64), name (string) and score (float64) of the sample."""
    batch_slack: ClassVar[float] = 4.0
    """How many times `batch_bytes` a batch may have."""
    memory_limit: ClassVar[int] = 32 << 20
    """How many bytes reading 64 MiB of rows may hold at any moment."""

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        """A source with the rows of `table` behind it, all of whose data lies in `tmp_path`.

        A second call with the same `tmp_path` replaces the rows.
        """
        raise NotImplementedError

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str] | None:
        """A source whose data is not there, and the name that its error must show. None when that cannot be."""
        return None

    # -- what it is

    def test_construction_is_pure(self, tmp_path: Path) -> None:
        place = _directory(tmp_path)
        claims.require_pure_construction(self.make_source(place, sample(10)), place)

    def test_pickles(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(10))
        claims.require_pickles(source)
        source.scan(_SMALL)
        claims.require_pickles(source)

    def test_options_are_closed_and_described(self, tmp_path: Path) -> None:
        claims.require_documented_options(self.make_source(tmp_path, sample(1)).options_model)

    def test_probe_finds_no_fault_and_raises_nothing(self, tmp_path: Path) -> None:
        assert all(probe.passed for probe in self.make_source(tmp_path, sample(10)).probe())
        if missing := self.make_missing(tmp_path):
            findings = list(missing[0].probe())
            assert not findings or not all(probe.passed for probe in findings), "the probe misses what is missing"

    def test_missing_data_is_named(self, tmp_path: Path) -> None:
        missing = self.make_missing(tmp_path)
        if missing is None:
            pytest.skip("the data of this source cannot be missing")
        source, name = missing
        with pytest.raises(SourceError) as caught:
            read_all(source, _SMALL)
        assert name in str(caught.value), f"the error does not name {name!r}: {caught.value}"

    # -- scan

    def test_scan_is_repeatable(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        first, second, elsewhere = source.scan(_SMALL), source.scan(_SMALL), copied(source).scan(_SMALL)
        assert _identity(second) == _identity(first)
        assert _identity(elsewhere) == _identity(first)

    def test_fingerprint_follows_the_data(self, tmp_path: Path) -> None:
        before = self.make_source(tmp_path, sample(500)).scan(_SMALL).fingerprint
        after = self.make_source(tmp_path, sample(600)).scan(_SMALL).fingerprint
        assert before is None or before != after, "other data, the same fingerprint"

    def test_partitions_travel_as_json(self, tmp_path: Path) -> None:
        scan = self.make_source(tmp_path, sample(500)).scan(_SMALL)
        ids = [partition.id for partition in scan.partitions]
        assert len(set(ids)) == len(ids), f"two partitions share an id: {ids}"
        for partition in scan.partitions:
            assert json.loads(json.dumps(partition.spec)) == partition.spec, f"{partition.id} changes as JSON"

    def test_absorbs_what_the_spec_claims(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(100))
        known = {"columns", "filter", "limit"}
        assert source.spec.absorbs <= known, f"absorbs names strangers: {set(source.spec.absorbs - known)}"
        names = source.scan(ReadRequest()).schema.names
        asked: dict[str, Any] = {"columns": (names[0],), "filter": parse_predicate(f'"{names[0]}" > 5'), "limit": 3}
        for part, value in asked.items():
            absorbed = source.scan(replace(_SMALL, **{part: value})).absorbed
            took = getattr(absorbed, part) == value
            assert took == (part in source.spec.absorbs), f"the spec and the scan disagree about absorbing {part}"

    # -- read

    def test_partitions_hold_every_row_once(self, tmp_path: Path) -> None:
        table = sample(2_000)
        scan, rows = read_all(self.make_source(tmp_path, table), _SMALL)
        assert rows.num_rows == table.num_rows
        assert scan.rows_estimate is None or scan.rows_estimate >= 0
        if self.keeps == "rows":
            require_same_rows(rows, table, "all partitions together")
        one = read_all(self.make_source(tmp_path, table), ReadRequest(partitions=1))[1]
        require_same_rows(rows, one, "many partitions against one")

    def test_every_batch_has_the_scanned_schema(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        scan = scanned(source, _SMALL)
        for partition in scan.partitions:
            for message in read_partition(source, scan, partition):
                if isinstance(message, Rows):
                    assert message.data.schema == scan.schema, f"a batch of {partition.id} has another schema"

    def test_resume_yields_exactly_the_rest(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        self._require_resume(source, _SMALL)

    def test_resume_under_pushdown_yields_exactly_the_rest(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        names = source.scan(ReadRequest()).schema.names
        self._require_resume(source, replace(_SMALL, columns=tuple(names[:2]), limit=1_500))
        self._require_resume(source, replace(_SMALL, filter=parse_predicate(self.filters[0])))

    def test_two_threads_read_the_same(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        expected = read_all(source, _SMALL)[1]
        together = threading.Barrier(2)

        def read() -> pa.Table:
            scan, messages = scanned(source, _SMALL), []
            together.wait(timeout=30)
            for partition in scan.partitions:
                messages += read_partition(source, scan, partition)
            return rows_of(messages, scan)

        with ThreadPoolExecutor(2) as pool:
            for found in [pool.submit(read), pool.submit(read)]:
                require_same_rows(found.result(), expected, "one of two threads")
        self._require_interleaved(source, expected)

    def test_closing_midway_releases_everything(self, tmp_path: Path) -> None:
        watch.require_proc()
        source = self.make_source(tmp_path, sample(20_000))
        scan = scanned(source, _SMALL)
        open_and_close(source, scan, scan.partitions[0])  # what a library reserves once is not a leak
        files, threads, rounds = watch.open_files(), watch.thread_count(), 4
        for _ in range(rounds):
            open_and_close(source, scan, scan.partitions[0])
        watch.settles(lambda: len(watch.newly_open(files)), 0)
        assert not watch.newly_open(files), f"still open: {watch.newly_open(files)}"
        left = watch.settles(watch.thread_count, threads + rounds - 1)
        assert left < threads + rounds, "every reading that was closed midway leaves a thread behind"

    def test_batches_are_near_the_asked_size(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, bulk(8 << 20) if self.keeps != "count" else sample(200_000))
        asked = 256 << 10
        scan = scanned(source, ReadRequest(batch_bytes=asked))
        for partition in scan.partitions:
            sizes = [m.data.nbytes for m in source.read(partition, scan.absorbed, None) if isinstance(m, Rows)]
            assert max(sizes, default=0) <= asked * self.batch_slack, f"asked for {asked:,} bytes, got {max(sizes):,}"
            if len(sizes) > 1:
                typical = sorted(sizes)[len(sizes) // 2]
                assert typical >= asked / 16, f"asked for {asked:,} bytes, most batches have {typical:,}"

    def test_memory_does_not_grow_with_the_data(self, tmp_path: Path) -> None:
        watch.require_proc()
        if self.keeps == "count":
            pytest.skip("the rows of this source cannot be made wide enough to measure")
        small = self.make_source(_directory(tmp_path, "small"), bulk(2 << 20))
        large = self.make_source(_directory(tmp_path, "large"), bulk(64 << 20))
        growth = memory_growth(growth_of_reading, small, large, 1 << 20)
        assert growth <= self.memory_limit, f"reading 64 MiB of rows holds {growth >> 20} MiB"

    # -- pushdown equals residual

    def test_columns_equal_selecting_afterwards(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, _SMALL)[1]
        for names in (whole.column_names[:1], whole.column_names[::-1], whole.column_names[1:]):
            require_pushdown(source, whole, replace(_SMALL, columns=tuple(names)))

    def test_filter_equals_filtering_afterwards(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, _SMALL)[1]
        for text in self.filters:
            require_pushdown(source, whole, replace(_SMALL, filter=parse_predicate(text)))

    def test_limit_equals_limiting_afterwards(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, _SMALL)[1]
        for limit in (0, 1, 333, 5_000):
            require_pushdown(source, whole, replace(_SMALL, limit=limit))

    def test_limit_counts_the_filtered_rows(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, _SMALL)[1]
        for text in self.filters:
            request = replace(_SMALL, columns=tuple(whole.column_names), filter=parse_predicate(text), limit=7)
            require_pushdown(source, whole, request)

    # -- fidelity

    def test_types_survive(self, tmp_path: Path) -> None:
        if self.keeps == "count":
            pytest.skip("this source has a schema of its own")
        table = every_type(self.types)
        scan, rows = read_all(self.make_source(tmp_path, table), _SMALL)
        require_same_schema(scan.schema, table.schema, "types")
        if self.keeps == "rows":
            require_same_rows(rows, table, "values of every type")

    def test_awkward_column_names(self, tmp_path: Path) -> None:
        if self.keeps == "count":
            pytest.skip("this source has a schema of its own")
        table = pa.table({name: pa.array([i, i + 1], pa.int64()) for i, name in enumerate(self.awkward_names)})
        source = self.make_source(tmp_path, table)
        scan, rows = read_all(source, _SMALL)
        assert scan.schema.names == table.column_names
        if self.keeps == "rows":
            require_same_rows(rows, table, "awkward names")
        for name in self.awkward_names:
            require_pushdown(source, rows, replace(_SMALL, columns=(name,)))

    def test_no_rows_keep_their_schema(self, tmp_path: Path) -> None:
        table = sample(0)
        scan, rows = read_all(self.make_source(tmp_path, table), _SMALL)
        assert rows.num_rows == 0
        if self.keeps != "count":
            require_same_schema(scan.schema, table.schema, "a source without rows")

    # -- recipes

    def _require_resume(self, source: Source[Any], request: ReadRequest) -> None:
        if not source.spec.resume:
            pytest.skip("the spec does not claim resume")
        scan = scanned(source, request)
        marks = 0
        for partition in scan.partitions:
            messages = read_partition(source, scan, partition)
            whole = rows_of(messages, scan)
            for place, mark in marks_of(messages, _MARKS_TRIED):
                marks += 1
                before = rows_of(messages[: place + 1], scan)
                position = Position.loads(mark.position.dumps())
                rest = rows_of(read_partition(copied(source), scan, partition, position), scan)
                resumed = pa.concat_tables([before, rest])
                assert resumed.equals(whole), (
                    f"{partition.id} resumed at {position.value!r}: {before.num_rows} rows before and "
                    f"{rest.num_rows} after are not its {whole.num_rows} in their order"
                )
        assert marks, "the spec claims resume, and reading gives no Mark"

    def _require_interleaved(self, source: Source[Any], expected: pa.Table) -> None:
        scan = scanned(source, _SMALL)
        readers = [source.read(part, scan.absorbed, None) for part in scan.partitions for _ in range(2)]
        messages: list[Any] = []
        while readers:
            for reader in list(readers):
                message = next(reader, None)
                if message is None:
                    readers.remove(reader)
                else:
                    messages.append(message)
        twice = pa.concat_tables([expected, expected])
        require_same_rows(rows_of(messages, scan), twice, "readers that take turns")


def _identity(scan: Scan) -> tuple[object, ...]:
    return scan.schema, scan.partitions, scan.absorbed, scan.fingerprint, scan.rows_estimate, scan.bounded


def _directory(tmp_path: Path, name: str = "data") -> Path:
    place = tmp_path / name
    place.mkdir()
    return place
