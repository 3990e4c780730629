"""What every destination owes its callers, one test per behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.errors import ConduitError
from conduit.sdk import WriteMode
from conduit.sdk.suites import claims, watch
from conduit.sdk.suites.child import growth_of_staging, memory_growth
from conduit.sdk.suites.destination_evolution_at_risk import DestinationEvolutionAtRisk
from conduit.sdk.suites.destination_failures import DestinationFailures
from conduit.sdk.suites.destination_modes import DestinationModes
from conduit.sdk.suites.destination_recipes import batches, directory, encoded, job
from conduit.sdk.suites.examples import bulk_batches, every_type, sample


class DestinationSuite(DestinationModes, DestinationFailures, DestinationEvolutionAtRisk):
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

    def test_long_column_names_are_not_cut(self, tmp_path: Path) -> None:
        most = self.make_destination(tmp_path).spec.name_limit or 1_000
        # Two names that are one when they are cut, two bytes to a letter.
        names = ("ø" * ((most - 1) // 2) + letter for letter in "ab")
        table = pa.table({name: pa.array([i], pa.int64()) for i, name in enumerate(names)})
        self.load(self.make_destination(tmp_path), table, "a")
        found = self.make_destination(tmp_path).describe("orders")
        assert found is not None
        assert found.names == table.column_names, "long names of columns change"

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
