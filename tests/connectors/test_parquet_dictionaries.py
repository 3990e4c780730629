"""Text stays dictionary-encoded from file to file where nothing looks at it, and is the same text with the same type.

It spares decoding and hashing; and Arrow would take a dictionary that repeats a value for another one.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.connectors._lib.parquet_dictionaries import values_in_dictionary
from conduit.connectors._lib.parquet_encode import ParquetEncoder, ParquetStyle
from conduit.connectors.parquet import ParquetSource, ParquetSourceOptions
from conduit.errors import SourceError
from conduit.sdk import ReadRequest, Rows

ASKED = ReadRequest(dictionaries=True, batch_bytes=50_000)


def repeating(rows: int, kind: pa.DataType | None = None, seed: int = 1) -> pa.Table:
    """Numbers; text of few values, NULL and empty ones among them; and text that does not repeat itself."""
    pick = random.Random(seed)
    few = pa.array([pick.choice(["yes", "no", "", None, "perhaps"]) for _ in range(rows)]).cast(kind or pa.string())
    return pa.table({"n": range(rows), "few": few, "many": [f"text {pick.random()}" for _ in range(rows)]})


def read(path: Path, request: ReadRequest = ASKED) -> list[pa.RecordBatch]:
    source = ParquetSource(ParquetSourceOptions(path=str(path)))
    found = []
    for partition in source.scan(request).partitions:
        found += [message.data for message in source.read(partition, request, None) if isinstance(message, Rows)]
    return found


def rows_of(batches: list[pa.RecordBatch]) -> list[dict[str, object]]:
    return [row for batch in batches for row in batch.to_pylist()]


def encoded_columns(batches: list[pa.RecordBatch]) -> set[str]:
    return {f.name for batch in batches for f in batch.schema if pa.types.is_dictionary(f.type)}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_text_of_few_values_arrives_encoded_where_it_is_asked_for(tmp_path: Path, kind: pa.DataType) -> None:
    table = repeating(20_000, kind)
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=7_000)
    batches = read(tmp_path / "x.parquet")
    assert len(batches) > 3
    assert encoded_columns(batches) == {"few"}
    assert rows_of(batches) == table.to_pylist()


def test_who_does_not_ask_gets_what_the_scan_promised(tmp_path: Path) -> None:
    table = repeating(5_000)
    pq.write_table(table, tmp_path / "x.parquet")
    batches = read(tmp_path / "x.parquet", ReadRequest())
    assert all(batch.schema.equals(table.schema) for batch in batches)


def test_a_single_column_in_another_order_is_read_as_well(tmp_path: Path) -> None:
    table = repeating(5_000)
    pq.write_table(table, tmp_path / "x.parquet")
    for columns in (("few",), ("many", "few"), ("few", "n")):
        request = ReadRequest(columns=columns, dictionaries=True)
        assert rows_of(read(tmp_path / "x.parquet", request)) == table.select(list(columns)).to_pylist()


def test_a_dictionary_that_repeats_a_value_is_decoded(tmp_path: Path) -> None:
    """Arrow drops the repetition from the values and not from the indices, which then belong to other values."""
    values = ["aaaa", "cccc", "bbbb", "dddd"] * 500 + ["bbbb", "aaaa"]
    file = io.BytesIO()
    pq.write_table(pa.table({"x": values, "n": range(len(values))}), file, compression="none", write_statistics=False)
    path = tmp_path / "x.parquet"
    path.write_bytes(file.getvalue().replace(b"cccc", b"aaaa"))
    batches = read(path)
    assert encoded_columns(batches) == set()
    assert [row["x"] for row in rows_of(batches)] == [text.replace("cccc", "aaaa") for text in values]


def test_values_outside_of_the_dictionary_are_read_too(tmp_path: Path) -> None:
    """A writer gives a dictionary up when it has grown too large, and goes on without."""
    table = pa.table({"x": ["often"] * 50_000 + [str(n) for n in range(3_000)], "n": range(53_000)})
    pq.write_table(table, tmp_path / "x.parquet", dictionary_pagesize_limit=1_000, write_batch_size=100)
    assert rows_of(read(tmp_path / "x.parquet")) == table.to_pylist()


def test_damage_in_a_dictionary_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(repeating(5_000), path, compression="snappy")
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(1)
    octets = bytearray(path.read_bytes())
    begin = chunk.data_page_offset
    octets[begin : begin + 40] = b"\xff" * 40
    path.write_bytes(octets)
    with pytest.raises(SourceError, match=r"damaged") as told:
        read(path)
    assert str(path) in str(told.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_a_header_or_none(octets: bytes) -> None:
    found = values_in_dictionary(octets)
    assert found is None or isinstance(found, int)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_the_encoder_writes_encoded_text_with_the_plain_type(kind: pa.DataType) -> None:
    """Whatever the first batch is, and whatever dictionaries later ones have, one file has one type."""
    tables = [repeating(3_000, seed=seed) for seed in range(4)]
    schema = pa.schema([("n", pa.int64()), pa.field("few", kind), ("many", pa.string())])
    plain = [table.cast(schema).combine_chunks().to_batches()[0] for table in tables]
    coded = [
        batch.set_column(1, "few", table.combine_chunks().column("few").chunk(0).dictionary_encode())
        for batch, table in zip(plain, tables, strict=True)
    ]
    expected = [row for table in tables for row in table.to_pylist()]
    for batches in (coded, [coded[0], plain[1], coded[2], plain[3]], [plain[0], coded[1], *coded[2:]]):
        for style in (ParquetStyle(), ParquetStyle(row_group_rows=2_000)):
            file = io.BytesIO()
            encoder = ParquetEncoder(file, schema, style)
            for batch in batches:
                encoder.write(batch)
            encoder.close()
            found = pq.ParquetFile(pa.BufferReader(file.getvalue()))
            assert found.schema_arrow.equals(schema)
            assert found.read().to_pylist() == expected
            assert "RLE_DICTIONARY" in found.metadata.row_group(0).column(1).encodings
