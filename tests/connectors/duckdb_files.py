"""A DuckDB file that is loaded into, and looked at by somebody who is not Conduit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from conduit.connectors._lib.sql_duckdb import DEFAULT_MEMORY
from conduit.connectors.duckdb import DESTINATION

OLD = pa.table({"id": [1, 2], "name": ["a", "b"]})
NEW = pa.table({"id": list(range(10, 310)), "name": [f"n{i}" for i in range(300)]})


def destination(path: Path, **options: Any) -> Any:
    return DESTINATION(DESTINATION.options_model(path=str(path), **options))


def query(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(statement).fetchall()


def made(path: Path, *statements: str) -> None:
    # With the settings of a session that has the file open, if one has.
    with duckdb.connect(path, config={"memory_limit": DEFAULT_MEMORY}) as connection:
        for statement in statements:
            connection.execute(statement)


def tables(path: Path) -> set[str]:
    return {name for (name,) in query(path, "SELECT table_name FROM duckdb_tables()")}
