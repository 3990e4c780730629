"""The first rejects of a run, one by one, for a person to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from conduit.core.position import Json
from conduit.dlq.catalog import RejectRun, file_id
from conduit.dlq.flat import flat
from conduit.dlq.reading import meant_by, read_groups


@dataclass(frozen=True, slots=True)
class RejectSample:
    """One reject. `row` has its columns by name, None where it could not be parsed; then `raw` has its text."""

    id: str
    resource: str
    run_id: str
    file: str | None
    line: int | None
    partition: str
    position: str | None
    stage: str
    code: str
    check: str | None
    column: str | None
    value: str | None
    message: str
    at: datetime
    raw: str | None
    row: dict[str, Json] | None
    replayed: bool

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {**asdict(self), "at": self.at.isoformat()}


def first_rejects(
    run: RejectRun, check: str | None, replayed: Mapping[str, pa.BooleanArray], limit: int
) -> list[RejectSample]:
    """Up to `limit` rejects of a run, of all or of one check or code, in the order in which they were kept."""
    found: list[RejectSample] = []
    for file in run.files:
        for group in read_groups(file):
            if len(found) >= limit:
                return found
            ids, table = group.ids(), group.table
            marks = replayed.get(file_id(file))
            sent = pa.nulls(len(ids), pa.bool_()) if marks is None else marks.slice(group.first, len(ids))
            table = table.append_column("_id", ids).append_column("_sent", sent)
            table = table.filter(meant_by(check, group.table)).slice(0, limit - len(found)).combine_chunks()
            for batch in table.to_batches():
                names, marked = batch["_id"].to_pylist(), batch["_sent"].to_pylist()
                rows = flat(batch).to_pylist()
                found += [_sample(row, name, bool(mark)) for row, name, mark in zip(rows, names, marked, strict=True)]
    return found


def _sample(row: dict[str, Any], name: str, replayed: bool) -> RejectSample:
    columns = {key: value for key, value in row.items() if key not in ("token", "byte_offset", "row")}
    return RejectSample(
        id=name, row=None if row["row"] is None else json.loads(row["row"]), replayed=replayed, **columns
    )
