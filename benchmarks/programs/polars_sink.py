"""Polars: a lazy scan into a streaming sink. Called with: WORK SCHEMA INPUT OUTPUT."""

import sys

import polars as pl

from benchmarks.programs.columns import SCHEMAS, decimal_digits

PLAIN: dict[str, pl.DataType] = {
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "bool": pl.Boolean(),
    "string": pl.String(),
    "date32": pl.Date(),
    "timestamp[us, UTC]": pl.Datetime("us", "UTC"),
}


def polars_type(kind: str) -> pl.DataType:
    """Translate one of our type words."""
    digits = decimal_digits(kind)
    return pl.Decimal(*digits) if digits else PLAIN[kind]


def scan(work: str, schema: dict[str, pl.DataType], source: str) -> pl.LazyFrame:
    """Open the input lazily, its types declared."""
    match work.split("-")[0]:
        case "csv":
            return pl.scan_csv(source, schema=schema)
        case "ndjson":
            # Dates are text in JSON: Polars parses them after reading.
            text = {name: pl.String() if kind == pl.Date else kind for name, kind in schema.items()}
            days = [pl.col(name).str.to_date("%Y-%m-%d") for name, kind in schema.items() if kind == pl.Date]
            return pl.scan_ndjson(source, schema=text).with_columns(days)
        case "parquet":
            return pl.scan_parquet(source)
        case other:
            raise SystemExit(f"polars_sink cannot read {other!r}")


def main(work: str, schema_name: str, source: str, output: str) -> None:
    """Do the work once."""
    schema = {name: polars_type(kind) for name, kind in SCHEMAS[schema_name].items()}
    frame = scan(work, schema, source)
    if work.endswith("-parquet"):
        frame.sink_parquet(output, compression="snappy")
        return
    import duckdb

    database = duckdb.connect(output)
    collected = frame.collect(engine="streaming")
    database.register("collected", collected.to_arrow())
    database.execute("CREATE TABLE lineitem AS SELECT * FROM collected")
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
