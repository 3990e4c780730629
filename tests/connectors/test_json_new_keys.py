"""Rows of a later load may have keys that earlier ones have not: described and read with all of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from conduit.connectors.json import DESTINATION
from conduit.sdk import AddColumn, ReadRequest
from conduit.sdk.suites.reading import read_all

from .table_loads import load


@pytest.mark.parametrize("path", ["out/", "out.json", "out.jsonl"])
def test_a_key_of_any_one_of_many_loads_is_a_column(tmp_path: Path, path: str) -> None:
    """A sample of the files would miss the key, and its rows would be rejects."""
    there = DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/{path}"))
    for number in range(9):
        rows = pa.table({"id": [number]})
        if number == 4:
            load(there, rows.append_column("new", pa.array(["x"])), f"t{number}",
                 changes=(AddColumn(pa.field("new", pa.string())),))  # fmt: skip
        else:
            load(there, rows, f"t{number}")
    assert there.describe("orders").names == ["id", "new"]
    reader = there.reader("orders")
    assert reader is not None
    found = read_all(reader, ReadRequest())[1].sort_by("id")
    assert found.to_pylist() == [{"id": number, "new": "x" if number == 4 else None} for number in range(9)]


def test_a_load_of_no_rows_describes_nothing(tmp_path: Path) -> None:
    there = DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/out/"))
    load(there, pa.table({"id": pa.array([], pa.int64())}))
    assert there.describe("orders") is None
