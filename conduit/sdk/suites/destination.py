"""What every destination owes its callers, one test per behaviour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.errors import ConduitError
from conduit.sdk import Commit, Staged, WriteMode
from conduit.sdk.suites import claims, watch
from conduit.sdk.suites.child import copied, growth_of_staging, memory_growth
from conduit.sdk.suites.destination_recipes import (
    POSITIONS,
    DestinationRecipes,
    SourceBroke,
    batches,
    breaking,
    directory,
    encoded,
    job,
    meet,
)
from conduit.sdk.suites.examples import bulk_batches, every_type, sample


class DestinationSuite(DestinationRecipes):
    """Subclass it as `TestMyDestination`, write `make_destination` and `read_back`, and narrow its claims."""

    # -- what it is

    def test_construction_is_pure(self, tmp_path: Path) -> None:
        place = directory(tmp_path)
        claims.require_pure_construction(self.make_destination(place), place)

    def test_pickles(self, tmp_path: Path) -> None:
        destination = self.make_destination(tmp_path)
        claims.require_pickles(destination)
        self.load(destination, sample(10), "a")
        claims.require_pickles(destination)

    def test_options_are_closed_and_described(self, tmp_path: Path) -> None:
        claims.require_documented_options(self.make_destination(tmp_path).options_model)

    def test_probe_changes_nothing(self, tmp_path: Path) -> None:
        destination = self.make_destination(tmp_path)
        before = watch.files_below(tmp_path)
        assert all(probe.passed for probe in destination.probe())
        assert watch.files_below(tmp_path) == before, "the probe leaves files"
        assert destination.describe("orders") is None, "the probe creates a table"

    def test_modes_are_exactly_what_works(self, tmp_path: Path) -> None:
        for mode in WriteMode:
            destination = self.make_destination(directory(tmp_path, mode.value))
            if mode in destination.spec.modes:
                assert self.load(destination, sample(10), "a", mode).rows == 10
            else:
                with pytest.raises(ConduitError):
                    self.load(destination, sample(10), "a", mode)
        spec = self.make_destination(tmp_path).spec
        assert self.make_destination(tmp_path).default_mode() in spec.modes

    # -- what becomes visible

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

    # -- what goes wrong

    def test_abort_leaves_nothing(self, tmp_path: Path) -> None:
        self.require_reading()
        for mode in self.modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            before = watch.files_below(place)
            session = self.make_destination(place).begin(job(sample(0).schema, "b", mode))
            session.abort()
            staged = list(session.stage("0", batches(sample(30))))
            session.abort(staged)
            session.abort(staged)
            session.close()
            self.require_rows(place, sample(20), f"{mode.value}: aborted")
            assert self.make_destination(place).find("orders", "b") is None
            if self.make_destination(place).spec.commit is Commit.RENAME:
                left = watch.files_below(place) - before
                assert not left, f"{mode.value}: abort leaves {sorted(left)}"

    def test_failed_load_keeps_the_old_rows(self, tmp_path: Path) -> None:
        self.require_atomic(tmp_path)
        for mode in self.modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            session = self.make_destination(place).begin(job(sample(0).schema, "b", mode))
            with pytest.raises(SourceBroke):
                list(session.stage("0", breaking(sample(200, first=20))))
            self.require_rows(place, sample(20), f"{mode.value}: the source broke")
            session.abort()
            session.close()
            self.require_rows(place, sample(20), f"{mode.value}: the source broke and the load was aborted")
            self.load(self.make_destination(place), sample(5, first=20), "b", mode)
            after = sample(5, first=20) if mode is WriteMode.FULL_REFRESH else sample(25)
            self.require_rows(place, after, f"{mode.value}: the load after the failed one")

    # -- tokens

    def test_find_knows_what_landed(self, tmp_path: Path) -> None:
        destination = self.make_destination(tmp_path)
        assert destination.find("orders", "a") is None, "find knows a token before there is a table"
        given = self.load(destination, sample(20), "a")
        found = self.make_destination(tmp_path).find("orders", "a")
        assert found is not None, "a new object does not find what landed"
        assert (found.token, found.rows) == (given.token, given.rows) == ("a", 20)
        assert destination.find("orders", "b") is None, "find knows a token that never was"
        if self.holds_tables:
            assert destination.find("customers", "a") is None, "find mixes up two tables"

    def test_find_gives_the_positions_back(self, tmp_path: Path) -> None:
        given = self.load(self.make_destination(tmp_path), sample(20), "a")
        found = self.make_destination(tmp_path).find("orders", "a")
        assert found is not None
        assert dict(given.positions) == dict(found.positions) == POSITIONS

    def test_a_token_lands_once(self, tmp_path: Path) -> None:
        self.require_reading()
        for mode in self.modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            self.again_unless_found(place, sample(20), "a", mode)
            self.require_rows(place, sample(20), f"{mode.value}: one token, twice")

    # -- crashes

    def test_killed_while_staging_is_taken_over(self, tmp_path: Path) -> None:
        self.require_crash_safety(tmp_path)
        for mode in self.modes(tmp_path):
            self.crash(directory(tmp_path, mode.value), mode, "stage.batch:2", landed=False)

    def test_killed_before_commit_lands_once(self, tmp_path: Path) -> None:
        self.require_crash_safety(tmp_path)
        for mode in self.modes(tmp_path):
            self.crash(directory(tmp_path, mode.value), mode, "commit.before", landed=False)

    def test_killed_after_commit_is_found(self, tmp_path: Path) -> None:
        self.require_crash_safety(tmp_path)
        for mode in self.modes(tmp_path):
            self.crash(directory(tmp_path, mode.value), mode, "commit.after", landed=True)

    def test_killed_at_its_own_failpoints_lands_once(self, tmp_path: Path) -> None:
        self.require_crash_safety(tmp_path)
        if not self.crash_points:
            pytest.skip("no failpoints of its own are named in `crash_points`")
        for point in self.crash_points:
            for mode in self.modes(tmp_path):
                self.crash(directory(tmp_path, f"{point}-{mode.value}"), mode, point, landed=None)

    # -- fidelity and size

    def test_types_survive(self, tmp_path: Path) -> None:
        self.require_reading()
        self.load(self.make_destination(tmp_path), every_type(self.types), "a")
        self.require_rows(tmp_path, every_type(self.types), "values of every type")

    def test_text_may_come_as_dictionaries(self, tmp_path: Path) -> None:
        if not self.make_destination(tmp_path).spec.dictionaries:
            pytest.skip("the spec does not claim to take text that is dictionary-encoded")
        self.require_reading()
        session = self.make_destination(tmp_path).begin(job(sample(200).schema, "a"))
        session.commit(list(session.stage("0", encoded(sample(200)))), {})
        session.close()
        self.require_rows(tmp_path, sample(200), "text that came as dictionaries")

    def test_awkward_column_names(self, tmp_path: Path) -> None:
        table = pa.table({name: pa.array([i, i + 1], pa.int64()) for i, name in enumerate(self.awkward_names)})
        self.load(self.make_destination(tmp_path), table, "a")
        self.load(self.make_destination(tmp_path), table, "b")
        assert self.make_destination(tmp_path).find("orders", "b") is not None
        if self.reads_back:
            self.require_rows(tmp_path, pa.concat_tables([table, table]), "awkward column names")

    def test_awkward_table_names(self, tmp_path: Path) -> None:
        destination = self.make_destination(tmp_path)
        for i, name in enumerate(self.awkward_names):
            self.load(destination, sample(i + 1), f"t{i}", table_name=destination.table(name))
            receipt = self.make_destination(tmp_path).find(destination.table(name), f"t{i}")
            assert receipt is not None, f"nothing is found in the table {name!r}"
            assert receipt.rows == i + 1
            others = self.awkward_names[:i] if self.holds_tables else ()
            mixed = [other for other in others if destination.find(destination.table(other), f"t{i}")]
            assert not mixed, f"the tables {name!r} and {mixed} are one"

    def test_staging_takes_one_batch_at_a_time(self, tmp_path: Path) -> None:
        session = self.make_destination(tmp_path).begin(job(next(bulk_batches(1)).schema, "a"))
        taken = 0

        def counted() -> Iterator[pa.RecordBatch]:
            nonlocal taken
            for batch in bulk_batches(4 << 20, 1 << 16):
                taken += 1
                yield batch

        pieces = session.stage("0", counted())
        assert taken == 0, "stage takes batches before anybody asks for what it staged"
        staged = list(pieces)
        assert session.commit(staged, {}).rows == sum(batch.num_rows for batch in bulk_batches(4 << 20, 1 << 16))
        session.close()

    def test_memory_does_not_grow_with_the_data(self, tmp_path: Path) -> None:
        watch.require_proc()
        small = self.make_destination(directory(tmp_path, "small"))
        large = self.make_destination(directory(tmp_path, "large"))
        order = job(next(bulk_batches(1)).schema, "a")
        growth = memory_growth(growth_of_staging, small, large, order, 64 << 20)
        assert growth <= self.memory_limit, f"writing 64 MiB of rows holds {growth >> 20} MiB"

    def test_closing_releases_everything(self, tmp_path: Path) -> None:
        watch.require_proc()
        self.load(self.make_destination(tmp_path), sample(10), "warm")
        files, threads, rounds = watch.open_files(), watch.thread_count(), 4
        for i in range(rounds):
            session = self.make_destination(tmp_path).begin(job(sample(0).schema, f"t{i}"))
            list(session.stage("0", batches(sample(50))))
            session.abort()
            session.close()
            session.close()
        watch.settles(lambda: len(watch.newly_open(files)), 0)
        assert not watch.newly_open(files), f"still open: {watch.newly_open(files)}"
        left = watch.settles(watch.thread_count, threads + rounds - 1)
        assert left < threads + rounds, "every session that was closed leaves a thread behind"
