"""Reading a PostgreSQL source in tests."""

from __future__ import annotations

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
