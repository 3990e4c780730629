"""The structure of what a resource loads, over time: a version is accepted with the epoch that brought it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import pyarrow as pa

from conduit.state.database import Database


@dataclass(frozen=True, slots=True)
class AcceptedSchema:
    """One version, counted from 1 for each resource, and the run and the epoch that brought it, at `at` (UTC)."""

    resource: str
    version: int
    schema: pa.Schema
    run_id: str
    token: str
    at: float


def schema_bytes(schema: pa.Schema) -> bytes:
    """A schema in Arrow's own encoding, without the metadata that the writers of files add to it."""
    plain = pa.schema([field.remove_metadata() for field in schema])
    return bytes(plain.serialize().to_pybytes())


def accept(database: Database, token: str, at: float) -> None:
    """Accept what a confirmed epoch brought: a new version only where it differs from the last.

    Called inside the transaction that confirms it, so that a version is there exactly when its rows are.
    """
    for epoch in database.run("accepts_of", token=token):
        last = last_accepted(database, epoch["resource"])
        version = last.version if last else 0
        if last is None or not last.schema.equals(_schema_of(epoch["accepts"])):
            version += 1
            database.run(
                "accept_schema",
                resource=epoch["resource"],
                version=version,
                schema=epoch["accepts"],
                run_id=epoch["run_id"],
                token=token,
                at=at,
            )
        database.run("epoch_had_schema", token=token, version=version)


def last_accepted(database: Database, resource: str) -> AcceptedSchema | None:
    """The latest version of a resource; None before its first load has landed."""
    rows = database.run("last_schema", resource=resource)
    return _accepted(rows[0]) if rows else None


def accepted_by(database: Database, resource: str, run_id: str) -> AcceptedSchema | None:
    """The version that a run loaded, which it or an earlier run brought; None where that run committed nothing."""
    rows = database.run("schema_of_run", resource=resource, run_id=run_id)
    return _accepted(rows[0]) if rows else None


def versions(database: Database, resource: str) -> list[AcceptedSchema]:
    """All versions of a resource, the oldest first."""
    return [_accepted(row) for row in database.run("schema_versions", resource=resource)]


def _accepted(row: sqlite3.Row) -> AcceptedSchema:
    schema = _schema_of(row["schema"])
    return AcceptedSchema(row["resource"], row["version"], schema, row["run_id"], row["token"], row["at"])


def _schema_of(text: bytes) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(text))
