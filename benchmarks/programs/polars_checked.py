"""Polars: load what passes five checks, and keep the rest with the reasons.

Called with: WORK SCHEMA INPUT OUTPUT REJECTS. The first scan reads the two key columns alone, to find the rows whose
key has come before; hashes first, as few keys are worth comparing. The second one feeds both files at once.
Collecting the data instead, grouping by the key, or packing it into one number by hand took longer.
"""

import sys
from decimal import Decimal

import polars as pl

from benchmarks.programs.columns import SCHEMAS
from benchmarks.programs.polars_sink import polars_type, scan

KEY = ("l_orderkey", "l_linenumber")


def repeats(frame: pl.LazyFrame) -> pl.Series:
    """Give the numbers of the rows whose key an earlier row has."""
    keys = frame.select(KEY).collect(engine="streaming")
    suspects = keys.with_row_index("row").filter(keys.hash_rows().is_duplicated())
    return suspects.filter(~suspects.select(pl.struct(KEY).is_first_distinct()).to_series())["row"]


def main(work: str, schema_name: str, source: str, output: str, rejects: str) -> None:
    """Do the work once."""
    frame = scan(work, {name: polars_type(kind) for name, kind in SCHEMAS[schema_name].items()}, source)
    columns = frame.collect_schema().names()
    repeated = repeats(frame)
    fails = {
        "not_null": pl.col("l_partkey").is_null(),
        "regex": ~pl.col("l_shipinstruct").str.contains("^[A-Z ]+$"),
        "range": ~pl.col("l_quantity").is_between(Decimal(1), Decimal(50)),
        "enum": ~pl.col("l_returnflag").is_in(["A", "N", "R"]),
    }
    if len(repeated):
        frame = frame.with_row_index("row")
        fails["unique"] = pl.col("row").is_in(repeated.implode())
    fails = {name: failed.fill_null(False) for name, failed in fails.items()}
    named = [pl.when(failed).then(pl.lit(name)) for name, failed in fails.items()]
    judged = frame.with_columns(is_bad=pl.any_horizontal(fails.values()))
    good = judged.filter(~pl.col("is_bad")).select(columns)
    bad = judged.filter("is_bad").select(*columns, reasons=pl.concat_str(named, separator=",", ignore_nulls=True))
    sinks = [
        good.sink_parquet(output, compression="snappy", lazy=True),
        bad.sink_parquet(rejects, compression="snappy", lazy=True),
    ]
    pl.collect_all(sinks, engine="streaming")


if __name__ == "__main__":
    main(*sys.argv[1:])
