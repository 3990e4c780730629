"""The dummy source fails when it is told to, and not otherwise: pipelines are tried with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors.dummysource import DummySource, DummySourceOptions
from conduit.sdk import MALFORMED_SCHEMA, Malformed, Mark, Message, ReadRequest, Rows, SourceError, TransientError
from conduit.sdk.suites import SourceSuite
from conduit.sdk.suites.reading import read_all


class TestDummySource(SourceSuite):
    keeps = "count"
    filters = ("id > 900", "name = 'row 4'", "value < 9 OR id = 77", "value IS NULL")

    def make_source(self, tmp_path: Path, table: pa.Table) -> DummySource:
        return DummySource(DummySourceOptions(rows=table.num_rows))


def messages_until_failure(**options: Any) -> tuple[list[Message], Exception | None]:
    source = DummySource(DummySourceOptions(**options))
    scan = source.scan(ReadRequest(batch_bytes=64))
    seen: list[Message] = []
    try:
        for message in source.read(scan.partitions[0], scan.absorbed, None):
            seen.append(message)
    except (SourceError, TransientError) as failed:
        return seen, failed
    return seen, None


def rows_in(messages: list[Message]) -> int:
    return sum(message.data.num_rows for message in messages if isinstance(message, Rows))


def test_ten_rows_by_default() -> None:
    rows = read_all(DummySource(DummySourceOptions()), ReadRequest())[1]
    assert rows.num_rows == 10
    assert rows.slice(0, 1).to_pylist() == [{"id": 1, "name": "row 1", "value": 1.5}]


@pytest.mark.parametrize("after", [0, 1, 5, 10])
def test_it_fails_after_exactly_so_many_rows(after: int) -> None:
    messages, failure = messages_until_failure(rows=10, fail_after_rows=after)
    assert rows_in(messages) == after
    assert isinstance(failure, SourceError)


def test_a_failure_beyond_the_rows_never_comes() -> None:
    messages, failure = messages_until_failure(rows=10, fail_after_rows=11)
    assert (rows_in(messages), failure) == (10, None)


def test_a_failure_can_be_one_that_is_worth_a_retry() -> None:
    assert isinstance(messages_until_failure(fail_after_rows=3, failure="transient")[1], TransientError)


def test_malformed_rows_come_on_top_and_are_marked() -> None:
    messages, failure = messages_until_failure(rows=3, malformed_rows=2)
    malformed = [message.data for message in messages if isinstance(message, Malformed)]
    assert (rows_in(messages), failure) == (3, None)
    assert [batch.schema for batch in malformed] == [MALFORMED_SCHEMA]
    assert malformed[0]["line"].to_pylist() == [4, 5]
    assert isinstance(messages[-1], Mark)


def test_malformed_rows_are_not_given_again_on_resume() -> None:
    source = DummySource(DummySourceOptions(rows=3, malformed_rows=2))
    scan = source.scan(ReadRequest())
    last = [m for m in source.read(scan.partitions[0], scan.absorbed, None) if isinstance(m, Mark)][-1]
    assert list(source.read(scan.partitions[0], scan.absorbed, last.position)) == []
