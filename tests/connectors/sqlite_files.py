"""An SQLite file that is loaded into, and looked at by somebody who is not Conduit."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.connectors.sqlite import DESTINATION, SOURCE
from conduit.sdk import ReadRequest
from conduit.sdk.suites.reading import read_all

OLD = pa.table({"id": [1, 2], "name": ["a", "b"]})
NEW = pa.table({"id": list(range(10, 310)), "name": [f"n{i}" for i in range(300)]})


def destination(path: Path, **options: Any) -> Any:
    return DESTINATION(DESTINATION.options_model(path=str(path), **options))


def query(path: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def made(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def back(path: Path, table: str = "orders") -> pa.Table:
    return read_all(SOURCE(SOURCE.options_model(path=str(path), table=table)), ReadRequest())[1]


def tables(path: Path) -> set[str]:
    return {name for (name,) in query(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
