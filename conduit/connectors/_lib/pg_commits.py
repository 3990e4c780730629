"""The table `_conduit_commits` on a PostgreSQL server, and the lock that tells a load which lives from one that died.

A session holds an advisory lock, named after its staging table, from its first statement to its end. Whoever gets
that lock knows that the session is over, and so that a commit whose answer was lost has been decided.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from conduit.connectors._lib.sql import quote
from conduit.connectors._lib.sql_commits import ledger, stage_name
from conduit.sdk import Json, Receipt, WriteJob

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_connect import PgConnection

_THERE = """
SELECT c.relname = '_conduit_commits' FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = '_conduit_commits'
 WHERE n.nspname = $1
"""
_LEFT = """
SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND starts_with(c.relname, '_conduit_stage_') AND c.relkind = 'r'
   AND pg_has_role(c.relowner, 'USAGE')
"""


def lock_number(*names: str) -> int:
    """The number of an advisory lock that stands for these names: the same in every process."""
    return int.from_bytes(sha256("\0".join(names).encode()).digest()[:8], "big", signed=True)


def claim(connection: PgConnection, schema: str, stage: str) -> None:
    """Hold the lock of a staging table until the connection ends. Raises TransientError while another one holds it."""
    connection.rows("SELECT pg_advisory_lock($1)", lock_number(schema, stage))


def prepare_schema(connection: PgConnection, schema: str) -> None:
    """Make the schema and the table of commits where they are not there."""
    found = connection.rows(_THERE, schema)
    if found and found[0][0]:
        return
    # Two that begin at once would make them twice, which IF NOT EXISTS does not prevent.
    number = lock_number(schema, "_conduit_commits")
    connection.rows("SELECT pg_advisory_lock($1)", number)
    try:
        if not found:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {ledger(schema)} ("
            "token text PRIMARY KEY, table_name text NOT NULL, run_id text, resource text, "
            '"rows" bigint NOT NULL, committed_at timestamptz NOT NULL DEFAULT now(), positions text NOT NULL)'
        )
    finally:
        if connection.is_open:
            connection.rows("SELECT pg_advisory_unlock($1)", number)


def drop_leftovers(connection: PgConnection, schema: str) -> None:
    """Drop the staging tables of sessions that are over; those that live hold their locks."""
    for (stage,) in connection.rows(_LEFT, schema):
        number = lock_number(schema, stage)
        [(free,)] = connection.rows("SELECT pg_try_advisory_lock($1)", number)
        if free:
            connection.execute(f"DROP TABLE IF EXISTS {quote(schema)}.{quote(stage)}")
            connection.rows("SELECT pg_advisory_unlock($1)", number)


def record(connection: PgConnection, schema: str, job: WriteJob, rows: int, positions: Mapping[str, Json]) -> None:
    """Write the token down. The primary key refuses a token that has landed before."""
    connection.rows(
        f'INSERT INTO {ledger(schema)} (token, table_name, run_id, resource, "rows", positions) '
        "VALUES ($1, $2, $3, $4, $5, $6)",
        job.token,
        job.table,
        job.run_id,
        job.resource,
        rows,
        json.dumps(dict(positions), sort_keys=True),
    )


def lookup(connection: PgConnection, schema: str, table: str, token: str) -> Receipt | None:
    """The receipt of a token that has landed in the table, as far as can be seen now."""
    found = connection.rows(_THERE, schema)
    if not found or not found[0][0]:
        return None
    statement = f'SELECT "rows", positions FROM {ledger(schema)} WHERE token = $1 AND table_name = $2'
    for rows, positions in connection.rows(statement, token, table):
        return Receipt(token, rows, positions=json.loads(positions))
    return None


def decided(connection: PgConnection, schema: str, table: str, token: str) -> Receipt | None:
    """The receipt of a token once nobody can commit it any more: None is for ever.

    Raises TransientError when the session that may be committing it does not end within the time for locks.
    """
    landed = lookup(connection, schema, table, token)
    if landed is not None:
        return landed
    number = lock_number(schema, stage_name(table, token))
    connection.rows("SELECT pg_advisory_lock($1)", number)
    try:
        return lookup(connection, schema, table, token)
    finally:
        connection.rows("SELECT pg_advisory_unlock($1)", number)
