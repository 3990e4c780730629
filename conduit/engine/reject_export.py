"""Rejects into a file that can be edited and replayed: the rows' own columns, and `_dlq_*` beside them."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from conduit.core.destination import WriteJob
from conduit.core.spec import WriteMode
from conduit.dlq.catalog import RejectRun
from conduit.dlq.reading import Group, kinds_of, read_groups, row_schema
from conduit.dlq.text import bytes_as_text, reads_as_text, text_of
from conduit.errors import ConduitError, DestinationError
from conduit.registry import destination_class

ENDINGS = {"csv": ".csv", "json": ".json", "ndjson": ".ndjson", "parquet": ".parquet"}
_CONTEXT = {
    "resource": "resource", "run": "run_id", "file": "file", "line": "line", "stage": "stage", "code": "code",
    "check": "check", "column": "column", "value": "value", "message": "message", "at": "at",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file holds now: `rows`, of which `unparsed` never were rows and have their text in `_dlq_raw`."""

    rows: int
    unparsed: int
    columns: tuple[str, ...]


def export_rejects(
    runs: Sequence[RejectRun],
    target: Path,
    form: str,
    *,
    check: str | None = None,
    replayed: Mapping[str, pa.BooleanArray],
) -> Exported:
    """Write the rejects of one resource that are not in `replayed` to a file, csv | json | ndjson | parquet.

    The file appears whole or not at all. Raises DestinationError when it cannot be written.
    """
    files = [file for run in runs for file in run.files]
    own = _own_columns(files, form)
    schema = pa.schema([*own, *_context_columns(form)])
    unparsed = rows = 0
    chosen = {}
    for file in files:
        kinds = kinds_of(file, check, replayed)
        chosen[file] = kinds.left
        rows += kinds.left.true_count
        unparsed += kinds.left.true_count - kinds.sendable.true_count
    batches = (
        _batch(group, chosen[file].slice(group.first, group.table.num_rows), own, schema)
        for file in files
        for group in read_groups(file)
    )
    _write(batches, schema, target, form)
    return Exported(rows, unparsed, tuple(own.names))


def _own_columns(files: Sequence[Path], form: str) -> pa.Schema:
    """The rows' columns: as text where the format has no such type, or where rows have it in several types."""
    types: dict[str, pa.DataType] = {}
    for file in files:
        for field in row_schema(file):
            kind = types.setdefault(field.name, field.type)
            types[field.name] = kind if kind == field.type else pa.string()
    textual = {name: pa.string() for name, kind in types.items() if form == "csv" and not reads_as_text(kind)}
    return pa.schema(list((types | textual).items()))


def _context_columns(form: str) -> list[pa.Field]:
    kinds = {"line": pa.int64(), "at": pa.timestamp("us", "UTC")}
    raw = pa.large_binary() if form == "parquet" else pa.string()
    context = [pa.field(f"_dlq_{name}", kinds.get(name, pa.string())) for name in _CONTEXT]
    return [pa.field("_dlq_id", pa.string()), *context, pa.field("_dlq_raw", raw)]


def _batch(group: Group, chosen: pa.BooleanArray, own: pa.Schema, schema: pa.Schema) -> pa.RecordBatch:
    table = group.table.append_column("_id", group.ids()).filter(chosen).combine_chunks()
    whole = {name: _one(table[name]) for name in table.column_names}
    there = dict(zip([f.name for f in whole["row"].type], whole["row"].flatten())) if "row" in whole else {}
    columns = []
    for field in own:
        values = there.get(field.name)
        if values is None:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            columns.append(values if values.type == field.type else text_of(values))
    columns.append(whole["_id"])
    columns += [whole[name].cast(schema.field(f"_dlq_{shown}").type) for shown, name in _CONTEXT.items()]
    raw = whole["raw"]
    columns.append(raw if schema.field("_dlq_raw").type == raw.type else bytes_as_text(raw))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)


def _write(batches: Iterator[pa.RecordBatch], schema: pa.Schema, target: Path, form: str) -> None:
    """A load into a hidden folder beside the target, whose only file is then moved: whole, in the connector's form."""
    connector = destination_class("json" if form == "ndjson" else form)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".conduit-export-", dir=target.parent))
    except OSError as failed:
        raise _unwritable(target, failed) from failed
    try:
        file = folder / f"rejects{ENDINGS[form]}"
        options = {"path": str(file)} | ({"nan": "string"} if "nan" in connector.options_model.model_fields else {})
        job = WriteJob("rejects", schema, WriteMode.FULL_REFRESH, uuid.uuid4().hex)
        session = connector(connector.options_model.model_validate(options)).begin(job)
        try:
            session.commit(tuple(session.stage("0000", batches)), {})
        finally:
            session.close()
        os.replace(file, target)
    except OSError as failed:
        raise _unwritable(target, failed) from failed
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unwritable(target: Path, failed: OSError) -> ConduitError:
    return DestinationError(
        f"The file cannot be written: {failed.strerror or failed}.", place=str(target), remedy="Name another place."
    )
