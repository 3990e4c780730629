"""What the CSV destination writes, the CSV source reads back equal: types declared, NULL and '' kept apart."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.connectors._lib.csv_encode import CsvEncoder, CsvStyle
from conduit.connectors.csv import CsvSource, CsvSourceOptions
from conduit.errors import SchemaError
from conduit.sdk import ReadRequest, Rows, type_name
from tests.connectors.arrow_batches import batches


def _encoded(batch: pa.RecordBatch, style: CsvStyle) -> bytes:
    file = io.BytesIO()
    encoder = CsvEncoder(file, batch.schema, style)
    encoder.write(batch)
    encoder.close()
    return file.getvalue()


@settings(max_examples=200, deadline=None)
@given(batches(), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["minimal", "all"]))
def test_any_batch_reads_back_equal(batch: pa.RecordBatch, delimiter: str, quoting: str) -> None:
    style = CsvStyle(delimiter=delimiter, quoting=quoting)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(_encoded(batch, style))
        names = [name.strip() for name in batch.schema.names]
        options = CsvSourceOptions(
            path=str(path),
            delimiter=delimiter,
            header=True,
            encoding="utf-8",
            columns={name: type_name(field.type) for name, field in zip(names, batch.schema, strict=True)},
        )
        source = CsvSource(options)
        scan = source.scan(ReadRequest())
        messages = list(source.read(scan.partitions[0], ReadRequest(), None))
    read = pa.Table.from_batches([m.data for m in messages if isinstance(m, Rows)], scan.schema)
    assert read.to_pylist() == batch.rename_columns(names).to_pylist()
    assert read.schema.types == batch.schema.types


def test_null_and_the_empty_string_are_written_apart() -> None:
    batch = pa.RecordBatch.from_pydict({"a": ["", None, "x"], "b": [1, None, 3]})
    assert _encoded(batch, CsvStyle()) == b'a,b\n"",1\n,\nx,3\n'


def test_a_text_that_reads_as_the_null_spelling_is_quoted() -> None:
    batch = pa.RecordBatch.from_pydict({"a": ["NA", None, "x"]})
    assert _encoded(batch, CsvStyle(null="NA")) == b'a\n"NA"\nNA\nx\n'


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.binary(), pa.duration("us")])
def test_a_type_that_csv_cannot_spell_is_refused_with_its_column(kind: pa.DataType) -> None:
    with pytest.raises(SchemaError, match=r"the column 'odd'"):
        CsvEncoder(io.BytesIO(), pa.schema([("odd", kind)]), CsvStyle())


def test_a_value_that_needs_quotes_is_refused_where_there_are_none() -> None:
    batch = pa.RecordBatch.from_pydict({"a": ["x,y"]})
    with pytest.raises(SchemaError, match="without quotes"):
        _encoded(batch, CsvStyle(quoting="none"))
