"""JSON files keep every promise of the contract, with declared types, as lines and as arrays."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from conduit.connectors.json import DESTINATION, SOURCE
from conduit.sdk import Destination, Source, type_name
from conduit.sdk.suites import COMMON_TYPES, NESTED_TYPES, DestinationSuite, SourceSuite

from .file_parts import CRASH_POINTS, visible_parts

TYPES = (*COMMON_TYPES, *NESTED_TYPES)


class TestJsonLinesSource(SourceSuite):
    types = TYPES
    file: ClassVar[str] = "rows.ndjson"

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        path = tmp_path / self.file
        lines = [_text(row) for row in table.to_pylist()]
        path.write_text(f"[{','.join(lines)}]" if self.file.endswith(".json") else "".join(f"{it}\n" for it in lines))
        columns = {field.name: type_name(field.type) for field in table.schema}
        return SOURCE(SOURCE.options_model(path=str(path), columns=columns))

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str]:
        return SOURCE(SOURCE.options_model(path=str(tmp_path / f"lost-{self.file}"))), f"lost-{self.file}"


class TestJsonArraySource(TestJsonLinesSource):
    file = "rows.json"


class TestJsonLinesDirectory(DestinationSuite):
    path: ClassVar[str] = "out/"
    types = TYPES
    holds_tables = False
    crash_points = CRASH_POINTS

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        return DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/{self.path}"))

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table | None:
        rows = [row for part in visible_parts(destination) for row in _rows(part)]
        names = dict.fromkeys(name for row in rows for name in row)
        return pa.table({name: _column([row.get(name) for row in rows]) for name in names}) if rows else None


class TestJsonArrayFile(TestJsonLinesDirectory):
    path = "out.json"
    one_writer = True


def _text(row: dict[str, Any]) -> str:
    """A row as JSON, with decimals as the numbers they are."""
    marked = json.dumps(row, default=lambda value: f"@{value}@" if isinstance(value, Decimal) else value.isoformat())
    return re.sub(r'"@([^"@]+)@"', r"\1", marked)


def _rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text()
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)
        return found
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def _column(values: list[Any]) -> pa.Array:
    """Single values as text, so that the suite's own casts judge what was written; nested ones as they are."""
    if any(isinstance(value, list | dict) for value in values):
        return pa.array(values)
    return pa.array([None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values])
