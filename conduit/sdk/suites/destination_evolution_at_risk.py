"""Changes of a structure when something comes between: another load, an error, the end of the process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.sdk import AddColumn, CommitRejected
from conduit.sdk.suites.child import exit_code_of_load
from conduit.sdk.suites.destination_evolution import ADDED, DestinationEvolution, wider
from conduit.sdk.suites.destination_recipes import POSITIONS, SourceBroke, batches, breaking, directory, job
from conduit.sdk.suites.examples import sample

_KILLED = -9


class DestinationEvolutionAtRisk(DestinationEvolution):
    """A structure is as it was or as the load has made it, and what others have made of it holds."""

    def test_a_column_that_others_have_added_meanwhile_is_taken(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        self.load(self.make_destination(tmp_path), sample(20), "a")
        slower = self.begin_changed(tmp_path, wider(10, first=30), "c", ADDED)
        staged = list(slower.stage("0", batches(wider(10, first=30))))
        self.load_changed(tmp_path, wider(10, first=20), "b", ADDED)
        try:
            slower.commit(staged, {})
        except CommitRejected as refused:
            raise AssertionError(f"a column that is there already, and alike, is refused: {refused}") from refused
        slower.close()
        whole = pa.concat_tables([sample(20), wider(20, first=20)], promote_options="default")
        self.require_rows(tmp_path, whole, "two loads added one column")

    def test_a_column_that_others_have_added_as_another_type_is_refused(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        if not self.make_destination(tmp_path).spec.typed:
            pytest.skip("columns have no types here")
        self.load(self.make_destination(tmp_path), sample(20), "a")
        texts = wider(10, first=30).set_column(3, "added", pa.array(["x"] * 10))
        slower = self.begin_changed(tmp_path, texts, "c", (AddColumn(texts.schema.field("added")),))
        staged = list(slower.stage("0", batches(texts)))
        self.load_changed(tmp_path, wider(10, first=20), "b", ADDED)
        with pytest.raises(CommitRejected):
            slower.commit(staged, {})
        slower.abort(staged)
        slower.close()
        whole = pa.concat_tables([sample(20), wider(10, first=20)], promote_options="default")
        self.require_rows(tmp_path, whole, "two loads added a column, as two types")

    def test_a_load_that_is_given_up_leaves_the_structure(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        for mode in self.adding_modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            before = self.make_destination(place).describe("orders")
            session = self.begin_changed(place, wider(0), "b", ADDED, mode)
            with pytest.raises(SourceBroke):
                list(session.stage("0", breaking(wider(200, first=20))))
            staged = list(session.stage("0", batches(wider(30, first=20))))
            session.abort(staged)
            session.close()
            after = self.make_destination(place).describe("orders")
            assert after == before, f"{mode.value}: aborted, and the structure is {after} instead of {before}"
            self.require_rows(place, sample(20), f"{mode.value}: aborted")

    def test_killed_at_any_point_rows_and_structure_go_together(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        self.require_crash_safety(tmp_path)
        new = wider(200, first=20)
        whole = pa.concat_tables([sample(20), new], promote_options="default")
        for point in dict.fromkeys(("commit.before", *self.crash_points, "commit.after")):
            place = directory(tmp_path, point)
            self.load(self.make_destination(place), sample(20), "a")
            order = replace(job(new.schema, "b"), changes=ADDED)
            code = exit_code_of_load(self.make_destination(place), order, new, POSITIONS, point)
            assert code == _KILLED, f"the load ended with {code} and was never killed at {point}"
            landed = self.make_destination(place).find("orders", "b") is not None
            described = self.make_destination(place).describe("orders")
            assert described is not None
            assert ("added" in described.names) == landed, f"killed at {point}: rows and structure went apart"
            self.require_rows(place, whole if landed else sample(20), f"killed at {point}")
            if not landed:
                self.load_changed(place, new, "b", ADDED)
            self.require_rows(place, whole, f"killed at {point} and loaded again")
