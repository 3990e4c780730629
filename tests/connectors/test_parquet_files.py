"""Parquet: row groups resume and prune, damage is a clear error, every type reads back as it was written."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from conduit.connectors._lib.parquet_encode import ParquetEncoder, ParquetStyle
from conduit.connectors.parquet import ParquetSource, ParquetSourceOptions
from conduit.core.predicate import parse_predicate
from conduit.errors import SourceError
from conduit.sdk import ReadRequest, Rows
from tests.connectors.arrow_batches import batches


def _source(path: Path) -> ParquetSource:
    return ParquetSource(ParquetSourceOptions(path=str(path)))


def _read(path: Path, request: ReadRequest = ReadRequest()) -> list[dict[str, object]]:  # noqa: B008
    source = _source(path)
    scan = source.scan(request)
    return [
        row
        for partition in scan.partitions
        for message in source.read(partition, request, None)
        if isinstance(message, Rows)
        for row in message.data.to_pylist()
    ]


@settings(max_examples=100, deadline=None)
@given(batches())
def test_any_batch_reads_back_equal(batch: pa.RecordBatch) -> None:
    file = io.BytesIO()
    encoder = ParquetEncoder(file, batch.schema, ParquetStyle())
    encoder.write(batch)
    encoder.close()
    file.seek(0)
    table = pq.read_table(file)
    assert table.schema.equals(batch.schema)
    assert table.to_pylist() == batch.to_pylist()


def test_small_batches_do_not_become_small_row_groups() -> None:
    file = io.BytesIO()
    batch = pa.RecordBatch.from_pydict({"n": list(range(100))})
    encoder = ParquetEncoder(file, batch.schema, ParquetStyle(row_group_rows=1000))
    for _ in range(25):
        encoder.write(batch)
    encoder.close()
    metadata = pq.ParquetFile(io.BytesIO(file.getvalue())).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [1000, 1000, 500]


def test_a_filter_leaves_out_row_groups_that_cannot_match(tmp_path: Path) -> None:
    """Statistics prove that they hold no matching row; what may match is read whole and filtered by the engine."""
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"n": range(1000)}), path, row_group_size=100)
    rows = _read(path, ReadRequest(filter=parse_predicate("n >= 250 AND n < 310")))
    assert [row["n"] for row in rows] == list(range(200, 400))


def test_nan_is_never_pruned_away(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": [1.0, float("nan")]}), path)
    assert len(_read(path, ReadRequest(filter=parse_predicate("x > 5")))) == 2


@pytest.mark.parametrize("keep", [0, 3, 50, -1])
def test_a_truncated_file_is_an_error_that_names_it(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.parquet"
    pq.write_table(pa.table({"n": range(1000)}), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SourceError, match=r"cut\.parquet"):
        _read(path)


def test_damaged_pages_are_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.parquet"
    pq.write_table(pa.table({"n": range(100_000)}), path, compression="snappy", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[50:50_000] = b"\xff" * 49_950
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"bad\.parquet"):
        _read(path)


def test_files_of_different_schemas_are_refused_with_the_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"n": ["x"]}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="column 'n' is string here and int64 in"):
        _source(tmp_path).scan(ReadRequest())


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [1], "m": [2]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="no column 'k'"):
        _source(tmp_path).scan(ReadRequest(columns=("k",)))
