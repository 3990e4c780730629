"""Text travels dictionary-encoded only where nobody looks at it, and every load ends as it would with plain text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.connectors._lib import parquet_gather
from tests.engine.projects import run

ROWS = 40_000
TABLE = pa.table(
    {"id": range(ROWS), "state": [("open", "paid", None, "")[n % 4] for n in range(ROWS)]},
    pa.schema([pa.field("id", pa.int64(), nullable=False), ("state", pa.string_view())]),
)
PROJECT = """
sources: [{{name: in, type: parquet, path: in}}]
destinations: [{{name: out, type: {type}, path: {path}, mode: full_refresh{more}}}]
resources: [{{name: orders, source: in, destination: out{resource}}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    pq.write_table(TABLE.slice(0, 15_000), tmp_path / "in" / "a.parquet", row_group_size=4_000)
    # The same columns without a dictionary: one part then holds both.
    pq.write_table(TABLE.slice(15_000), tmp_path / "in" / "b.parquet", use_dictionary=False)
    return tmp_path


def load(folder: Path, kind: str = "parquet", path: str = "out.parquet", more: str = "", resource: str = "") -> Path:
    report = run(folder, PROJECT.format(type=kind, path=path, more=more, resource=resource))
    assert report.status == "ok", [resource.error for resource in report.resources]
    return folder / path


def count_gathered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each table that a Parquet file was written from, whether it has text as dictionaries."""
    seen: list[bool] = []
    declare = parquet_gather.written_schema

    def noting(schema: pa.Schema, first: pa.RecordBatch | None) -> pa.Schema:
        written = declare(schema, first)
        if first is not None:  # not a look at how types would be kept
            seen.append(any(pa.types.is_dictionary(kind) for kind in written.types))
        return written

    monkeypatch.setattr("conduit.connectors._lib.parquet_encode.written_schema", noting)
    return seen


def test_from_parquet_to_parquet_text_stays_encoded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_gathered(monkeypatch)
    found = pq.read_table(load(folder))
    assert seen == [True]
    assert found.schema.equals(TABLE.schema)
    assert found.to_pylist() == TABLE.to_pylist()


@pytest.mark.parametrize(
    "resource",
    [
        ", filter: \"state = 'paid'\"",
        ", cast: {state: string}",
        ", checks: [{check: regex, column: state, pattern: '.*'}]",
    ],
)
def test_whoever_looks_at_values_sees_plain_text(folder: Path, monkeypatch: pytest.MonkeyPatch, resource: str) -> None:
    seen = count_gathered(monkeypatch)
    found = pq.read_table(load(folder, resource=resource)).to_pylist()
    assert seen == [False]
    assert found == [row for row in TABLE.to_pylist() if "filter" not in resource or row["state"] == "paid"]


@pytest.mark.parametrize(("kind", "path"), [("csv", "out.csv"), ("json", "out.json"), ("duckdb", "out.duckdb")])
def test_a_destination_that_does_not_claim_it_gets_plain_text(folder: Path, kind: str, path: str) -> None:
    assert load(folder, kind, path).stat().st_size


def test_folders_are_made_of_encoded_values_too(folder: Path) -> None:
    load(folder, path="out", more=", partition_by: [state]")
    folders = {file.parent.name for file in (folder / "out").rglob("*.parquet")}
    assert folders == {"state=open", "state=paid", "state=", "state=__HIVE_DEFAULT_PARTITION__"}


def test_the_profile_is_the_same(folder: Path) -> None:
    """The profile looks at each value of a dictionary once, and at every plain value."""
    text = PROJECT.format(type="parquet", path="a.parquet", more="", resource="")
    encoded = run(folder, text).resources[0].profile
    plain = run(folder, PROJECT.format(type="csv", path="a.csv", more="", resource="")).resources[0].profile
    assert encoded is not None
    assert encoded == plain
