"""The schema in a file: as `conduit schema --output` writes it, or that of the data that the file holds."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.core.request import ReadRequest
from conduit.core.types import parse_type
from conduit.errors import ConduitError, UnknownName, UsageError
from conduit.registry import connector_for_path, source_class

_MOST_BYTES = 16 << 20
_REMEDY = "Write one with `conduit schema RESOURCE --output FILE`, or name a file of data."


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """The structure that a file has. `knows_nulls`: it says which columns may be NULL."""

    schema: pa.Schema
    knows_nulls: bool = True


def read_schema_file(path: Path) -> SchemaFile:
    """The schema of a file. Raises UsageError, naming the file, for what is none, and what reading data raises."""
    try:
        match path.suffix.lower():
            case ".arrow":
                return SchemaFile(_of_arrow(path))
            case ".yml" | ".yaml":
                return _of_yaml(path)
            case ".json" if (written := _of_json(path)) is not None:
                return SchemaFile(written)
    except OSError as failed:
        raise UsageError(f"The file cannot be read: {failed.strerror}.", place=str(path)) from failed
    except pa.ArrowException as wrong:
        raise UsageError("The file holds no Arrow schema.", place=str(path), remedy=_REMEDY) from wrong
    return SchemaFile(_of_data(path), knows_nulls=False)


def _of_arrow(path: Path) -> pa.Schema:
    content = _content(path)
    try:
        return pa.ipc.read_schema(pa.py_buffer(content))
    except pa.ArrowException:
        # A whole file or stream of data has a schema, too.
        return pa.ipc.open_file(pa.BufferReader(content)).schema


def _of_json(path: Path) -> pa.Schema | None:
    """The schema that a JSON document describes; None where it is data."""
    if path.stat().st_size > _MOST_BYTES:
        return None
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    columns = document.get("columns") if isinstance(document, dict) else None
    described = isinstance(columns, list) and all(isinstance(c, dict) and {"name", "type"} <= c.keys() for c in columns)
    return (
        _schema([(c["name"], c["type"], c.get("nullable", True)) for c in columns or ()], path) if described else None
    )


def _of_yaml(path: Path) -> SchemaFile:
    from conduit.config.problems import Problems
    from conduit.config.yaml_text import parse

    problems = Problems(str(path))
    root = parse(_content(path), problems)
    problems.raise_if_any()
    columns = root.get("columns") if root is not None and isinstance(root.value, dict) else None
    if columns is None or not columns.entries:
        raise UsageError("The file has no `columns:` with their types.", place=str(path), remedy=_REMEDY)
    return SchemaFile(_schema([(n, e.node.value, True) for n, e in columns.entries.items()], path), knows_nulls=False)


def _schema(columns: list[tuple[Any, Any, Any]], path: Path) -> pa.Schema:
    fields = []
    for name, kind, nullable in columns:
        try:
            fields.append(pa.field(str(name), parse_type(str(kind)), bool(nullable)))
        except UnknownName as unknown:
            raise UsageError(f"{unknown.message} (column {name!r})", place=str(path), remedy=unknown.remedy) from None
    return pa.schema(fields)


def _of_data(path: Path) -> pa.Schema:
    kind = _connector(path)
    if kind is None:
        raise UsageError("Its ending names no format of a schema or of data.", place=str(path), remedy=_REMEDY)
    source = source_class(kind)
    try:
        options = source.options_model.model_validate({"path": os.path.abspath(path)})
    except ValueError as wrong:
        raise UsageError(
            f"A file of {kind} has more than one schema.", place=str(path), remedy="Compare with a resource's."
        ) from wrong
    reader = source(options)
    try:
        return reader.scan(ReadRequest()).schema
    except ConduitError as failed:
        failed.place = failed.place or str(path)
        raise
    finally:
        reader.close()


def _connector(path: Path) -> str | None:
    """What the ending of a file names, or of the first file of a folder that has one."""
    inside = sorted(path.iterdir()) if path.is_dir() else []
    return next((kind for file in (path, *inside) if (kind := connector_for_path(file.name))), None)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UsageError("The file is too large for a schema.", place=str(path), remedy=_REMEDY)
    return content
