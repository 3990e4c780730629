"""A suite that a broken connector passes proves nothing: each behaviour meets one that is broken in just that way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.sdk.suites import AWKWARD_NAMES, COMMON_TYPES, NESTED_TYPES, DestinationSuite, SourceSuite
from conduit.sdk.suites.doubles import (
    BROKEN_DESTINATIONS,
    BROKEN_SOURCES,
    FolderDestination,
    FolderOptions,
    MemoryOptions,
    MemorySource,
    run_statements,
    visible_rows,
)


class TestMemorySource(SourceSuite):
    types = (*COMMON_TYPES, *NESTED_TYPES, pa.binary(), pa.timestamp("ns"), pa.time64("us"), pa.uint64())
    source_class = MemorySource

    def make_source(self, tmp_path: Path, table: pa.Table) -> MemorySource:
        return self.source_class(MemoryOptions(table=table))

    def make_missing(self, tmp_path: Path) -> tuple[MemorySource, str]:
        return self.source_class(MemoryOptions(name="lost orders")), "lost orders"


class TestFolderDestination(DestinationSuite):
    types = (*COMMON_TYPES, *NESTED_TYPES, pa.binary(), pa.timestamp("ns"), pa.time64("us"), pa.uint64())
    crash_points = ("folder.drafted", "folder.published")
    destination_class = FolderDestination

    def make_destination(self, tmp_path: Path) -> FolderDestination:
        return self.destination_class(FolderOptions(path=str(tmp_path)))

    def read_back(self, destination: Any, table: str) -> pa.Table:
        return visible_rows(destination, table)

    def run_ddl(self, destination: Any, statements: Sequence[str]) -> None:
        run_statements(destination, statements)


def behaviours(suite: type) -> set[str]:
    return {name for name in dir(suite) if name.startswith("test_")}


@pytest.mark.parametrize("behaviour", sorted(BROKEN_SOURCES))
def test_a_source_that_is_broken_fails(behaviour: str, tmp_path: Path) -> None:
    suite = TestMemorySource()
    suite.source_class = BROKEN_SOURCES[behaviour]
    with pytest.raises(AssertionError):
        getattr(suite, behaviour)(tmp_path)


@pytest.mark.parametrize("behaviour", sorted(BROKEN_DESTINATIONS))
def test_a_destination_that_is_broken_fails(behaviour: str, tmp_path: Path) -> None:
    suite = TestFolderDestination()
    suite.destination_class = BROKEN_DESTINATIONS[behaviour]
    if behaviour == "test_killed_at_its_own_failpoints_lands_once":
        suite.crash_points = ("folder.between",)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(suite, behaviour)(tmp_path)


def test_every_behaviour_of_a_source_has_a_double() -> None:
    assert set(BROKEN_SOURCES) == behaviours(SourceSuite)


def test_every_behaviour_of_a_destination_has_a_double() -> None:
    assert set(BROKEN_DESTINATIONS) == behaviours(DestinationSuite)


def test_awkward_names_differ_when_case_is_ignored() -> None:
    """Databases that fold case must be able to hold all of them in one table."""
    assert len({name.casefold() for name in AWKWARD_NAMES}) == len(AWKWARD_NAMES)
