"""A reader that leaves, or is left, holds nothing: no connection, no query on the server, no rows in memory."""

from __future__ import annotations

import signal

import pyarrow as pa
import pytest

from conduit.sdk import ReadRequest, TransientError

from ..servers.postgresql import Database, running_server
from .postgresql_reading import ids, sessions, settled, source


def test_a_server_that_goes_in_mid_reading_is_a_passing_trouble(any_database: Database) -> None:
    query = "SELECT g AS id, repeat('x', 1000) AS s FROM generate_series(1, 1000000) g"
    reading = source(any_database, query=query)
    scan = reading.scan(ReadRequest(batch_bytes=65536))
    messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=65536), None)
    assert next(messages).data.num_rows
    [copying] = [pid for pid, state in sessions(any_database) if state == "active"]
    any_database.rows("SELECT pg_terminate_backend(%s)", copying)
    with pytest.raises(TransientError) as gone:
        list(messages)
    assert gone.value.place.endswith(any_database.name)
    reading.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_is_shut_down_is_a_passing_trouble(how: signal.Signals) -> None:
    with running_server("15") as server:
        database = Database(server, "postgres")
        reading = source(database, query="SELECT g AS id, repeat('x', 1000) FROM generate_series(1, 1000000) g")
        scan = reading.scan(ReadRequest())
        messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=65536), None)
        next(messages)
        server.stop(how)
        with pytest.raises(TransientError):
            list(messages)
        with pytest.raises(TransientError, match="Nothing answers"):
            source(database, table="t").scan(ReadRequest())
        server.start()
        assert ids(database, query="SELECT 1 AS id") == [1]
        reading.close()


def test_closing_ends_what_the_server_does(database: Database) -> None:
    """It may compute for hours without a word; then it does not notice that nobody listens."""
    query = "SELECT g AS id, CASE WHEN g = 200000 THEN pg_sleep(60)::text END FROM generate_series(1, 200000) g"
    reading = source(database, query=query)
    scan = reading.scan(ReadRequest())
    messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=4096), None)
    next(messages)
    messages.close()
    assert settled(lambda: [state for _, state in sessions(database)], ["idle in transaction"]) == [
        "idle in transaction"
    ]
    reading.close()
    assert settled(lambda: sessions(database), []) == []


def test_a_forgotten_source_lets_go(database: Database) -> None:
    database.execute("CREATE TABLE t AS SELECT 1 AS id")
    assert ids(database, table="t") == [1]
    assert settled(lambda: sessions(database), []) == []


def test_a_slow_reader_holds_the_server_back(database: Database) -> None:
    """What is sent ahead waits in a few blocks and not in ever more memory."""
    query = "SELECT repeat('x', 10000) FROM generate_series(1, 20000)"
    reading = source(database, query=query)
    scan = reading.scan(ReadRequest())
    messages = reading.read(scan.partitions[0], ReadRequest(batch_bytes=65536), None)
    next(messages)
    before = pa.total_allocated_bytes()
    waiting = "SELECT wait_event FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%%'"
    assert settled(lambda: database.rows(waiting), [("ClientWrite",)]) == [("ClientWrite",)]
    assert pa.total_allocated_bytes() == before
    assert sum(m.data.num_rows for m in messages) > 19_000
