"""What is left of a load that failed, was aborted or died; what is known of one that landed."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.sdk import Commit, WriteMode
from conduit.sdk.suites import watch
from conduit.sdk.suites.destination_recipes import (
    POSITIONS,
    DestinationRecipes,
    SourceBroke,
    batches,
    breaking,
    directory,
    job,
)
from conduit.sdk.suites.examples import sample


class DestinationFailures(DestinationRecipes):
    """A load lands once or not at all, whatever happens to it, and its token tells which."""

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
