"""What a preflight tells of a server: how fast and how safely it answers, its version, rights, and how late it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conduit.connectors._lib.pg_connect import PgConnection
from conduit.connectors._lib.pg_options import Address
from conduit.errors import ConduitError, FatalError
from conduit.sdk import Probe

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_catalog import Relation

_OLDEST = 12
_TLS = "SELECT ssl, version, cipher FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()"
_REPLICA = """
SELECT pg_is_in_recovery(),
       CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8
"""
_MAY_READ = """
SELECT has_schema_privilege($1::int8::oid, 'USAGE'), has_any_column_privilege($2::int8::oid, 'SELECT')
"""
_SCHEMA = "SELECT relnamespace::int8 FROM pg_catalog.pg_class WHERE oid = $1::int8::oid"


def probe_server(connection: PgConnection, address: Address, seconds: float) -> Iterator[Probe]:
    """Findings about the server at the other end of a connection that took so many seconds to open."""
    begun = time.monotonic()
    connection.rows("SELECT 1")
    answered = time.monotonic() - begun
    yield Probe(f"reach {address}", True, f"connected in {seconds * 1000:.0f} ms, answers in {answered * 1000:.1f} ms")
    [(encrypted, protocol, cipher)] = connection.rows(_TLS) or [(False, None, None)]
    checked = "server's certificate checked" if address.sslmode.startswith("verify") else "certificate not checked"
    yield Probe("TLS", True, f"{protocol}, {cipher}; {checked}" if encrypted else "the connection is not encrypted")
    version = connection.version
    fit = version >= _OLDEST
    yield Probe("version", fit, f"PostgreSQL {version}", "" if fit else f"It must be {_OLDEST} or newer.")
    [(replica, lag)] = connection.rows(_REPLICA)
    late = "its lag is not known" if lag is None else f"{lag:.1f} s behind"
    yield Probe("replica", True, f"a replica, {late}" if replica else "the primary")


def probe_relation(connection: PgConnection, relation: Relation) -> Probe:
    """Whether the role may read the relation."""
    name = f"read {relation.schema}.{relation.name}"
    [(schema,)] = connection.rows(_SCHEMA, relation.oid)
    [(usage, select)] = connection.rows(_MAY_READ, schema, relation.oid)
    if usage and select:
        return Probe(name, True, "the role may read it")
    missing = "SELECT ON TABLE" if usage else "USAGE ON SCHEMA"
    return Probe(name, False, "the role may not read it", f"GRANT {missing} ... TO the role.")


_MAY_WRITE = """
SELECT n.oid IS NOT NULL,
       CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
            ELSE has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') END,
       c.oid IS NULL OR (has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'SELECT'))
  FROM (SELECT 1) AS one
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = $2
"""


def probe_writing(connection: PgConnection, schema: str, table: str | None) -> Iterator[Probe]:
    """Whether the role may stage rows in the schema, and write the table where it is there; what space is left."""
    [(there, create, write)] = connection.rows(_MAY_WRITE, schema, table or "")
    missing = "CREATE, USAGE ON SCHEMA" if there else "CREATE ON DATABASE"
    yield Probe(
        f"stage in {schema}",
        bool(create),
        "the role may create tables" if create else "the role may not create tables",
        "" if create else f"GRANT {missing} ... TO the role: rows are staged in a table of their own.",
    )
    if table:
        remedy = "" if write else "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE ... TO the role."
        yield Probe(f"write {schema}.{table}", bool(write), "the role may write it" if write else "it may not", remedy)


def reached(address: Address, blame: type[FatalError]) -> tuple[PgConnection, float] | Probe:
    """A connection and the seconds that it took, or the finding that there is none."""
    begun = time.monotonic()
    try:
        return PgConnection(address, blame), time.monotonic() - begun
    except ConduitError as failed:
        return Probe(f"reach {address}", False, failed.message, failed.remedy)
