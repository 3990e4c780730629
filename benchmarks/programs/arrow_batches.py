"""pyarrow's streaming readers, as the pyarrow and dlt programs use them: batches of declared types."""

from collections.abc import Iterator

import pyarrow as pa

from benchmarks.programs.columns import SCHEMAS, decimal_digits

PLAIN: dict[str, pa.DataType] = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "date32": pa.date32(),
    "timestamp[us, UTC]": pa.timestamp("us", "UTC"),
}


def arrow_schema(schema_name: str) -> pa.Schema:
    """Translate a data set's columns."""
    fields = []
    for name, kind in SCHEMAS[schema_name].items():
        digits = decimal_digits(kind)
        fields.append((name, pa.decimal128(*digits) if digits else PLAIN[kind]))
    return pa.schema(fields)


def batches(work: str, schema_name: str, source: str) -> Iterator[pa.RecordBatch]:
    """Read the input as record batches of exactly the declared schema."""
    schema = arrow_schema(schema_name)
    match work.split("-")[0]:
        case "csv":
            yield from _csv(schema, source, newlines=schema_name == "wide")
        case "ndjson":
            yield from _ndjson(schema, source)
        case "parquet":
            from pyarrow.parquet import ParquetFile

            yield from ParquetFile(source).iter_batches(batch_size=131_072)
        case other:
            raise SystemExit(f"pyarrow cannot read {other!r}")


def _csv(schema: pa.Schema, source: str, newlines: bool) -> Iterator[pa.RecordBatch]:
    from pyarrow import csv

    # pyarrow's defaults turn NULL text into ''; without `null_values`, the text "N/A" would be NULL too.
    yield from csv.open_csv(
        source,
        read_options=csv.ReadOptions(block_size=8 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=newlines),
        convert_options=csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )


def _ndjson(schema: pa.Schema, source: str) -> Iterator[pa.RecordBatch]:
    from pyarrow import json

    # pyarrow's JSON reader does not parse dates: they are read as text and cast.
    text = pa.schema([(f.name, pa.string() if pa.types.is_date(f.type) else f.type) for f in schema])
    reader = json.open_json(
        source,
        read_options=json.ReadOptions(block_size=8 << 20),
        parse_options=json.ParseOptions(explicit_schema=text),
    )
    for batch in reader:
        yield batch.select(text.names).cast(schema)
