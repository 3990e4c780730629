"""Reading a PostgreSQL source in tests."""

from __future__ import annotations

import threading
from typing import Any

from conduit.connectors.postgresql import SOURCE
from conduit.sdk import Malformed, Message, ReadRequest, Rows
from conduit.sdk.suites.reading import scanned

from ..servers.postgresql import Database


def source(database: Database, **options: Any) -> Any:
    return SOURCE(SOURCE.options_model(connection_string=database.uri, **options))


def messages(of: Any, request: ReadRequest | None = None) -> list[Message]:
    scan = scanned(of, request or ReadRequest())
    return [message for part in scan.partitions for message in of.read(part, scan.absorbed, None)]


def rows(database: Database, request: ReadRequest | None = None, **options: Any) -> list[dict[str, Any]]:
    found = messages(source(database, **options), request)
    return [row for message in found if isinstance(message, Rows) for row in message.data.to_pylist()]


def rejects(database: Database, request: ReadRequest | None = None, **options: Any) -> list[dict[str, Any]]:
    found = messages(source(database, **options), request)
    return [row for message in found if isinstance(message, Malformed) for row in message.data.to_pylist()]


def ids(database: Database, request: ReadRequest | None = None, **options: Any) -> list[int]:
    return sorted(row["id"] for row in rows(database, request, **options))


def sessions(database: Database) -> list[tuple[int, str]]:
    """Those that the source has open."""
    return [
        (int(pid), str(state))
        for pid, state in database.rows(
            "SELECT pid, state FROM pg_stat_activity "
            "WHERE application_name = 'conduit' AND datname = current_database()"
        )
    ]


def settled(measure: Any, expected: Any) -> Any:
    """What `measure` gives once it is as expected, or after a while."""
    gone = threading.Event()
    for _ in range(100):
        if measure() == expected:
            break
        gone.wait(0.05)
    return measure()
