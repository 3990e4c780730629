"""What becomes visible of a load, in which mode and when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from conduit.sdk import Staged, WriteMode
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.destination_recipes import DestinationRecipes, batches, directory, job, meet
from conduit.sdk.suites.examples import sample


class DestinationModes(DestinationRecipes):
    """Rows are visible after the commit, all at once, as the mode says; before it nothing is."""

    def test_describe_gives_none_then_the_schema(self, tmp_path: Path) -> None:
        destination, table = self.make_destination(tmp_path), sample(10)
        assert destination.describe("orders") is None
        self.load(destination, table, "a")
        found = self.make_destination(tmp_path).describe("orders")
        assert found is not None, "describe does not see what was committed"
        assert found.names == table.schema.names

    def test_append_twice_adds(self, tmp_path: Path) -> None:
        self.require(tmp_path, WriteMode.APPEND)
        self.load(self.make_destination(tmp_path), sample(50), "a")
        self.load(self.make_destination(tmp_path), sample(30, first=50), "b")
        self.require_rows(tmp_path, sample(80), "two appends")

    def test_full_refresh_replaces(self, tmp_path: Path) -> None:
        self.require(tmp_path, WriteMode.FULL_REFRESH)
        self.load(self.make_destination(tmp_path), sample(50), "a", WriteMode.FULL_REFRESH)
        self.load(self.make_destination(tmp_path), sample(30, first=50), "b", WriteMode.FULL_REFRESH)
        self.require_rows(tmp_path, sample(30, first=50), "a second full_refresh")

    def test_upsert_updates_and_inserts(self, tmp_path: Path) -> None:
        self.require(tmp_path, WriteMode.UPSERT)
        old, new = sample(50), sample(40, first=30)
        new = new.set_column(1, "name", pa.array(["changed"] * 40))
        self.load(self.make_destination(tmp_path), old, "a", WriteMode.UPSERT)
        self.load(self.make_destination(tmp_path), new, "b", WriteMode.UPSERT)
        self.require_rows(tmp_path, pa.concat_tables([old.slice(0, 30), new]), "an upsert by id")

    def test_zero_batches_commit(self, tmp_path: Path) -> None:
        self.require_reading()
        for mode in self.modes(tmp_path):
            place = directory(tmp_path, mode.value)
            assert self.load(self.make_destination(place), sample(0), "a", mode).rows == 0
            self.load(self.make_destination(place), sample(20), "b", mode)
            session = self.make_destination(place).begin(job(sample(0).schema, "c", mode))
            assert session.commit(list(session.stage("0", iter(()))), {}).rows == 0
            session.close()
            left = sample(0) if mode is WriteMode.FULL_REFRESH else sample(20)
            self.require_rows(place, left, f"{mode.value} of nothing")

    def test_nothing_is_visible_before_commit(self, tmp_path: Path) -> None:
        self.require_atomic(tmp_path)
        for mode in self.modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            session = self.make_destination(place).begin(job(sample(0).schema, "b", mode))
            list(session.stage("0", batches(sample(30, first=20))))
            session.close()
            self.require_rows(place, sample(20), f"{mode.value}: staged, not committed")
            assert self.make_destination(place).find("orders", "b") is None

    def test_reader_gives_what_is_visible(self, tmp_path: Path) -> None:
        self.require_reader(tmp_path)
        for mode in self.modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            self.require_read(place, sample(20), f"{mode.value}: the first load")
            session = self.make_destination(place).begin(job(sample(0).schema, "b", mode))
            list(session.stage("0", batches(sample(30, first=20))))
            session.close()
            self.require_read(place, sample(20), f"{mode.value}: staged, not committed")
            self.load(self.make_destination(place), sample(10, first=50), "c", mode)
            added = pa.concat_tables([sample(20), sample(10, first=50)])
            after = sample(10, first=50) if mode is WriteMode.FULL_REFRESH else added
            self.require_read(place, after, f"{mode.value}: the second load")

    def test_staged_parts_become_visible_together(self, tmp_path: Path) -> None:
        self.require_many_parts()
        session = self.make_destination(tmp_path).begin(job(sample(0).schema, "a"))
        staged = [piece for i in range(3) for piece in session.stage(str(i), batches(sample(40, first=i * 40)))]
        staged = [copied(piece) for piece in staged]
        assert sum(piece.rows for piece in staged) == 120, "Staged counts other rows than were staged"
        assert session.commit(staged, {}).rows == 120, "the receipt counts other rows than were staged"
        session.close()
        self.require_rows(tmp_path, sample(120), "three parts")

    def test_staging_a_part_again_replaces_it(self, tmp_path: Path) -> None:
        self.require_reading()
        session = self.make_destination(tmp_path).begin(job(sample(0).schema, "a"))
        list(session.stage("0", batches(sample(50))))
        session.commit(list(session.stage("0", batches(sample(30)))), {})
        session.close()
        self.require_rows(tmp_path, sample(30), "a part that was staged twice")

    def test_two_threads_stage_at_once(self, tmp_path: Path) -> None:
        self.require_many_parts()
        session = self.make_destination(tmp_path).begin(job(sample(0).schema, "a"))
        together = threading.Barrier(2)

        def meeting(first: int) -> Iterator[pa.RecordBatch]:
            for i, batch in enumerate(batches(sample(200, first=first))):
                if i == 1:
                    meet(together)
                yield batch

        def staging(part: int) -> list[Staged]:
            return list(session.stage(str(part), meeting(part * 200)))

        with ThreadPoolExecutor(2) as pool:
            loads = [pool.submit(staging, part) for part in range(2)]
            staged = [piece for load in loads for piece in load.result()]
        assert session.commit(staged, {}).rows == 400
        session.close()
        self.require_rows(tmp_path, sample(400), "two threads")
