"""The file that an edited export is: read by the connector that its ending names, with columns that are expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.core.request import ReadRequest
from conduit.core.source import Source
from conduit.core.types import type_name
from conduit.dlq.text import reads_as_text
from conduit.errors import DataError, UnknownName, UsageError
from conduit.registry import connector_for_path, source_class

ID = "_dlq_id"
_OURS = "_dlq_"
_FORMATS = ("csv", "json", "parquet")


def open_edited(path: Path, own: pa.Schema) -> Source[Any]:
    """A source of the file's rows: the id, and the rows' own columns, as text where Arrow casts text to their type.

    A value that does not fit its type is then a reject like any other, with its reason. Raises UsageError for a file
    of another format, DataError for a missing column, UnknownName for one too many.
    """
    kind = connector_for_path(str(path))
    if kind not in _FORMATS:
        raise UsageError("An edited file is CSV, JSON, NDJSON or Parquet, by its ending.", place=str(path))
    connector = source_class(kind)

    def source(columns: dict[str, str]) -> Source[Any]:
        options: dict[str, Any] = {"path": str(path), "hive_partitioning": False, **_layout(kind, columns)}
        return connector(connector.options_model.model_validate(options))

    _require_columns(list(source({}).scan(ReadRequest()).schema.names), own.names, path)
    textual = {f.name: "string" if kind == "csv" or reads_as_text(f.type) else type_name(f.type) for f in own}
    return source({ID: "string", **textual})


def _layout(kind: str, columns: dict[str, str]) -> dict[str, Any]:
    match kind:
        case "csv":
            return {"header": True, "columns": columns}
        case "json":
            return {"columns": columns}
        case _:
            return {}


def _require_columns(there: list[str], own: list[str], path: Path) -> None:
    if ID not in there:
        raise DataError(
            f"The file has no column {ID!r}, which says what each row takes the place of.",
            place=str(path),
            remedy="Edit a file that `conduit dlq export` wrote, and keep that column.",
        )
    for name in there:
        if name not in own and not name.startswith(_OURS):
            raise UnknownName.among("column", name, own, place=str(path))
    for name in own:
        if name not in there:
            raise DataError(f"The file lacks the column {name!r}.", place=str(path), remedy="Export the rejects again.")
