"""What a source owes its callers when it is read: every row once, in batches of the asked size, from any mark on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.core.predicate import parse_predicate
from conduit.sdk import ReadRequest, Rows
from conduit.sdk.suites import watch
from conduit.sdk.suites.child import growth_of_reading, memory_growth
from conduit.sdk.suites.compare import require_same_rows
from conduit.sdk.suites.examples import bulk, sample
from conduit.sdk.suites.reading import open_and_close, read_all, read_partition, rows_of, scanned
from conduit.sdk.suites.source_recipes import SMALL, SourceRecipes, directory


class ReadingBehaviours(SourceRecipes):
    """Part of `SourceSuite`."""

    def test_partitions_hold_every_row_once(self, tmp_path: Path) -> None:
        table = sample(2_000)
        scan, rows = read_all(self.make_source(tmp_path, table), SMALL)
        assert rows.num_rows == table.num_rows
        assert scan.rows_estimate is None or scan.rows_estimate >= 0
        if self.keeps == "rows":
            require_same_rows(rows, table, "all partitions together")
        one = read_all(self.make_source(tmp_path, table), ReadRequest(partitions=1))[1]
        require_same_rows(rows, one, "many partitions against one")

    def test_every_batch_has_the_scanned_schema(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        scan = scanned(source, SMALL)
        for partition in scan.partitions:
            for message in read_partition(source, scan, partition):
                if isinstance(message, Rows):
                    assert message.data.schema == scan.schema, f"a batch of {partition.id} has another schema"

    def test_resume_yields_exactly_the_rest(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        self.require_resume(source, SMALL)

    def test_resume_under_pushdown_yields_exactly_the_rest(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        names = source.scan(ReadRequest()).schema.names
        self.require_resume(source, replace(SMALL, columns=tuple(names[:2]), limit=1_500))
        self.require_resume(source, replace(SMALL, filter=parse_predicate(self.filters[0])))

    def test_two_threads_read_the_same(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        expected = read_all(source, SMALL)[1]
        together = threading.Barrier(2)

        def read() -> pa.Table:
            scan, messages = scanned(source, SMALL), []
            together.wait(timeout=30)
            for partition in scan.partitions:
                messages += read_partition(source, scan, partition)
            return rows_of(messages, scan)

        with ThreadPoolExecutor(2) as pool:
            for found in [pool.submit(read), pool.submit(read)]:
                require_same_rows(found.result(), expected, "one of two threads")
        self.require_interleaved(source, expected)

    def test_closing_midway_releases_everything(self, tmp_path: Path) -> None:
        watch.require_proc()
        source = self.make_source(tmp_path, sample(20_000))
        scan = scanned(source, SMALL)
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
        small = self.make_source(directory(tmp_path, "small"), bulk(2 << 20))
        large = self.make_source(directory(tmp_path, "large"), bulk(64 << 20))
        growth = memory_growth(growth_of_reading, small, large, 1 << 20)
        assert growth <= self.memory_limit, f"reading 64 MiB of rows holds {growth >> 20} MiB"
