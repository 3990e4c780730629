"""The table `_conduit_commits`: which tokens landed, written in the transaction that made their rows visible.

A crash may lose the local state; this table still knows what was loaded and where reading has to go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from conduit.connectors._lib.sql import quote
from conduit.sdk import Json, Receipt, WriteJob

NAME = "_conduit_commits"

Execute = Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]


def ledger(schema: str) -> str:
    """The qualified name of the table in `schema`."""
    return f"{quote(schema)}.{quote(NAME)}"


def create_statement(schema: str) -> str:
    """DDL that DuckDB and SQLite both read; it does nothing when the table is there."""
    return (
        f"CREATE TABLE IF NOT EXISTS {ledger(schema)} ("
        "token VARCHAR PRIMARY KEY, table_name VARCHAR NOT NULL, run_id VARCHAR, resource VARCHAR, "
        '"rows" BIGINT NOT NULL, committed_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL, '
        "positions VARCHAR NOT NULL)"
    )


def record(execute: Execute, schema: str, job: WriteJob, rows: int, positions: Mapping[str, Json]) -> None:
    """Write the token down. The primary key refuses a token that has landed before."""
    execute(
        f'INSERT INTO {ledger(schema)} (token, table_name, run_id, resource, "rows", positions) '
        "VALUES (?, ?, ?, ?, ?, ?)",
        (job.token, job.table, job.run_id, job.resource, rows, json.dumps(dict(positions), sort_keys=True)),
    )


def lookup(execute: Execute, schema: str, table: str, token: str) -> Receipt | None:
    """The receipt of a token that landed in `table`, or None."""
    statement = f'SELECT "rows", positions FROM {ledger(schema)} WHERE token = ? AND table_name = ?'
    found = execute(statement, (token, table))
    return Receipt(token, found[0][0], positions=json.loads(found[0][1])) if found else None


def stage_name(table: str, token: str) -> str:
    """A name for what is staged under this token: the same in every process, and nobody else's."""
    digest = sha256("\0".join((table, token)).encode()).hexdigest()
    return f"_conduit_stage_{digest[:16]}"
