"""CSV files keep every promise of the contract, with declared types, in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.csv as pa_csv

from conduit.connectors.csv import DESTINATION, SOURCE
from conduit.sdk import Destination, Source, type_name
from conduit.sdk.suites import DestinationSuite, SourceSuite

from .file_parts import CRASH_POINTS, visible_parts


class TestCsvSource(SourceSuite):
    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        path = tmp_path / "rows.csv"
        pa_csv.write_csv(table, path)
        columns = {field.name: type_name(field.type) for field in table.schema}
        return SOURCE(SOURCE.options_model(path=str(path), columns=columns))

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str]:
        return SOURCE(SOURCE.options_model(path=str(tmp_path / "lost.csv"))), "lost.csv"


class TestCsvDirectory(DestinationSuite):
    path: ClassVar[str] = "out/"
    holds_tables = False
    crash_points = CRASH_POINTS

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        return DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/{self.path}"))

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table | None:
        parts = [_texts(part) for part in visible_parts(destination)]
        return pa.concat_tables(parts) if parts else None


class TestCsvFile(TestCsvDirectory):
    path = "out.csv"
    one_writer = True


def _texts(path: Path) -> pa.Table:
    """Every field as text, so that the suite's own casts judge what was written."""
    names = pa_csv.open_csv(path, parse_options=pa_csv.ParseOptions(newlines_in_values=True)).schema.names
    return pa_csv.read_csv(
        path,
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
