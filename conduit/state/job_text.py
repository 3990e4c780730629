"""A write job as text, so that a process that comes later can begin the same job again and undo it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import pyarrow as pa

from conduit.core.change import AddColumn, RelaxColumn, SchemaChange, WidenColumn
from conduit.core.destination import WriteJob
from conduit.core.spec import WriteMode


def job_text(job: WriteJob) -> str:
    """JSON that `job_of` reads back as the same job; schemas are in Arrow's own encoding, to the last detail."""
    return json.dumps(
        {
            "table": job.table,
            "mode": job.mode.value,
            "token": job.token,
            "keys": job.keys,
            "update_columns": job.update_columns,
            "run_id": job.run_id,
            "resource": job.resource,
            "schema": _schema_text(job.schema),
            "changes": [_change_text(change) for change in job.changes],
            "lacking": job.lacking,
        }
    )


def job_of(text: str) -> WriteJob:
    """The job that `job_text` wrote down."""
    raw = json.loads(text)
    columns = raw["update_columns"]
    return WriteJob(
        table=raw["table"],
        schema=_schema_of(raw["schema"]),
        mode=WriteMode(raw["mode"]),
        token=raw["token"],
        keys=tuple(raw["keys"]),
        update_columns=None if columns is None else tuple(columns),
        run_id=raw["run_id"],
        resource=raw["resource"],
        changes=tuple(_change_of(change) for change in raw.get("changes", ())),
        lacking=tuple(raw.get("lacking", ())),
    )


def _change_text(change: SchemaChange) -> dict[str, str]:
    match change:
        case AddColumn(field):
            return {"change": "add", "columns": _schema_text(pa.schema([field]))}
        case WidenColumn(name, old, new):
            return {"change": "widen", "columns": _schema_text(pa.schema([(name, old), (name, new)]))}
        case RelaxColumn(name):
            return {"change": "relax", "name": name}


def _change_of(raw: dict[str, Any]) -> SchemaChange:
    if raw["change"] == "relax":
        return RelaxColumn(raw["name"])
    columns = list(_schema_of(raw["columns"]))
    if raw["change"] == "add":
        return AddColumn(columns[0])
    old, new = columns
    return WidenColumn(new.name, old.type, new.type)


def _schema_text(schema: pa.Schema) -> str:
    return b64encode(schema.serialize().to_pybytes()).decode()


def _schema_of(text: str) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(b64decode(text)))
