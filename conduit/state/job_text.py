"""A write job as text, so that a process that comes later can begin the same job again and undo it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pyarrow as pa

from conduit.core.destination import WriteJob
from conduit.core.spec import WriteMode


def job_text(job: WriteJob) -> str:
    """JSON that `job_of` reads back as the same job; the schema is in Arrow's own encoding, to the last detail."""
    return json.dumps(
        {
            "table": job.table,
            "mode": job.mode.value,
            "token": job.token,
            "keys": job.keys,
            "update_columns": job.update_columns,
            "run_id": job.run_id,
            "resource": job.resource,
            "schema": b64encode(job.schema.serialize().to_pybytes()).decode(),
        }
    )


def job_of(text: str) -> WriteJob:
    """The job that `job_text` wrote down."""
    raw = json.loads(text)
    columns = raw["update_columns"]
    return WriteJob(
        table=raw["table"],
        schema=pa.ipc.read_schema(pa.py_buffer(b64decode(raw["schema"]))),
        mode=WriteMode(raw["mode"]),
        token=raw["token"],
        keys=tuple(raw["keys"]),
        update_columns=None if columns is None else tuple(columns),
        run_id=raw["run_id"],
        resource=raw["resource"],
    )
