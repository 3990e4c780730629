"""Columns that stand in the names of folders, `country=NO/day=2025-01-01/`, as Hive lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.file_storage import FileRef
from conduit.sdk import Json, Partition, ReadRequest, Scan, SourceError, parse_type, type_name

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_LADDER = (pa.int64(), pa.date32())


def folder_values(path: str) -> dict[str, str | None]:
    """The values in the names of a file's folders, by column, in the order of the folders."""
    pairs = (part.split("=", 1) for part in path.split("/")[:-1] if "=" in part.strip("="))
    return {unquote(name): None if value == HIVE_NULL else unquote(value) for name, value in pairs}


def folder_schema(files: Sequence[FileRef]) -> pa.Schema:
    """The columns that all files have in the names of their folders, with the narrowest type that holds all values.

    Raises SourceError when some files have other ones than the first.
    """
    first = folder_values(files[0].path)
    found: dict[str, set[str | None]] = {name: set() for name in first}
    for ref in files:
        values = folder_values(ref.path)
        if values.keys() != first.keys():
            raise SourceError(
                f"The folders name the columns {', '.join(values) or 'none'}; those of the first file name "
                f"{', '.join(first) or 'none'}.",
                place=ref.path,
                remedy="Read folders of different layouts as resources of their own.",
            )
        for name, value in values.items():
            found[name].add(value)
    return pa.schema([(name, _type_of(values)) for name, values in found.items()])


def without_folders(request: ReadRequest, folders: pa.Schema) -> ReadRequest:
    """The request for what stands in the files themselves; where that is nothing, all of it, for its rows."""
    if request.columns is None:
        return request
    inside = tuple(name for name in request.columns if name not in folders.names)
    return replace(request, columns=inside or None)


def with_folders(scan: Scan, request: ReadRequest, folders: pa.Schema) -> Scan:
    """The scan of the files with the folders' columns behind their own, or in the order that was asked for."""
    for name in folders.names:
        if name in scan.schema.names:
            raise SourceError(f"The column {name!r} stands in the files and in the names of their folders.")
    fields = {field.name: field for field in (*scan.schema, *folders)}
    names = request.columns or tuple(fields)
    return replace(
        scan,
        schema=pa.schema([fields[name] for name in names]),
        partitions=tuple(_with_values(partition, folders) for partition in scan.partitions),
        absorbed=replace(scan.absorbed, columns=request.columns),
    )


def filled(batch: pa.RecordBatch, spec: Any, columns: tuple[str, ...] | None) -> pa.RecordBatch:
    """A file's batch with the values of its folders, from the spec of its partition."""
    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, (kind, value) in spec["folders"].items():
        typed = pc.cast(pa.scalar(value, pa.string()), parse_type(kind))
        arrays[name] = pa.repeat(typed, batch.num_rows)
    names = columns or tuple(arrays)
    return pa.RecordBatch.from_arrays([arrays[name] for name in names], names=list(names))


def _with_values(partition: Partition, folders: pa.Schema) -> Partition:
    spec = partition.spec
    if not isinstance(spec, dict):
        raise TypeError("a file's partition is described by a mapping with its path")
    values = folder_values(str(spec["path"]))
    told: dict[str, Json] = {field.name: [type_name(field.type), values[field.name]] for field in folders}
    return replace(partition, spec={**spec, "folders": told})


def _type_of(values: set[str | None]) -> pa.DataType:
    texts = sorted(value for value in values if value is not None)
    for kind in _LADDER:
        try:
            back = pc.cast(pc.cast(pa.array(texts, pa.string()), kind), pa.string())
        except pa.ArrowInvalid:
            continue
        # What would be written otherwise ("007") is text.
        if texts and back.to_pylist() == texts:
            return kind
    return pa.string()
