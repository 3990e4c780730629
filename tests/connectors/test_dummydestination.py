"""The dummy destination counts what arrives and fails when it is told to; it never keeps a row."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from conduit.connectors.dummydestination import DummyDestination, DummyDestinationOptions
from conduit.sdk import CommitRejected, DestinationError, WriteJob, WriteMode
from conduit.sdk.suites import DestinationSuite
from conduit.sdk.suites.examples import sample


class TestDummyDestination(DestinationSuite):
    reads_back = False

    def make_destination(self, tmp_path: Path) -> DummyDestination:
        return DummyDestination(DummyDestinationOptions(name=str(tmp_path)))


def load(destination: DummyDestination, table: pa.Table) -> int:
    job = WriteJob(table="orders", schema=table.schema, mode=WriteMode.APPEND, token="t")
    session = destination.begin(job)
    return session.commit(list(session.stage("0", iter(table.to_batches()))), {}).rows


def test_rows_are_counted() -> None:
    assert load(DummyDestination(DummyDestinationOptions(name="counted")), sample(123)) == 123


def test_staging_fails_on_demand() -> None:
    with pytest.raises(DestinationError, match="as asked"):
        load(DummyDestination(DummyDestinationOptions(name="stage", fail_on="stage")), sample(5))


def test_committing_fails_on_demand_and_nothing_landed() -> None:
    destination = DummyDestination(DummyDestinationOptions(name="commit", fail_on="commit"))
    with pytest.raises(CommitRejected, match="as asked"):
        load(destination, sample(5))
    assert destination.find("orders", "t") is None


def test_names_keep_their_tokens_apart() -> None:
    load(DummyDestination(DummyDestinationOptions(name="left")), sample(5))
    assert DummyDestination(DummyDestinationOptions(name="right")).find("orders", "t") is None
