"""Rows as SQLite gives them, made into an Arrow batch; those with a value that its column cannot hold are rejects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from conduit.connectors._lib.sql_sqlite_types import Value, array_from_values, class_name, misfits
from conduit.sdk import MALFORMED_SCHEMA, type_name

_SHOWN = 200


def batch_of(
    rows: Sequence[tuple[Any, ...]], schema: pa.Schema, path: str
) -> tuple[pa.RecordBatch, pa.RecordBatch | None]:
    """The rows that fit `schema`, and the others as rejects. The first value of each row is its row id, or None."""
    columns: list[tuple[Value, ...]] = list(zip(*rows, strict=True))[1:]
    try:
        arrays = [array_from_values(column, field.type) for column, field in zip(columns, schema, strict=True)]
    except (ValueError, TypeError):
        reasons: dict[int, tuple[str, Value, str]] = {}
        for column, field in zip(columns, schema, strict=True):
            for place, reason in misfits(column, partial(array_from_values, kind=field.type)).items():
                reasons.setdefault(place, (field.name, column[place], reason))
        if not reasons:
            raise
        good = [row for place, row in enumerate(rows) if place not in reasons]
        kept = batch_of(good, schema, path)[0] if good else pa.RecordBatch.from_pylist([], schema)
        return kept, _rejects(rows, reasons, schema, path)
    return pa.RecordBatch.from_arrays(arrays, schema=schema), None


def _rejects(
    rows: Sequence[tuple[Any, ...]], reasons: dict[int, tuple[str, Value, str]], schema: pa.Schema, path: str
) -> pa.RecordBatch:
    found = []
    for place in sorted(reasons):
        name, value, reason = reasons[place]
        shown = _shown(value)
        raw = dict(zip(schema.names, map(_shown, rows[place][1:]), strict=True))
        where = "" if rows[place][0] is None else f", row id {rows[place][0]}"
        found.append(
            {
                "file": path,
                "raw": json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace"),
                "code": "type_mismatch",
                "field": name,
                "value": str(shown)[:_SHOWN],
                "message": f"{name!r} holds {class_name(type(value))} {str(shown)[:_SHOWN]!r}, "
                f"and the column is {type_name(schema.field(name).type)}{where}: {reason}",
            }
        )
    return pa.RecordBatch.from_pylist(found, MALFORMED_SCHEMA)


def _shown(value: Value) -> int | float | str | None:
    if isinstance(value, bytearray):
        return value.decode("utf-8", "backslashreplace")
    return value.hex() if isinstance(value, bytes) else value
