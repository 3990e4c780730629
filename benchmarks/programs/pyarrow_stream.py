"""pyarrow: a streaming reader into a ParquetWriter or DuckDB. Called with: WORK SCHEMA INPUT OUTPUT."""

import sys
from itertools import chain

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from benchmarks.programs.arrow_batches import batches


def main(work: str, schema_name: str, source: str, output: str) -> None:
    """Do the work once."""
    stream = batches(work, schema_name, source)
    first = next(stream)
    everything = chain([first], stream)
    if work.endswith("-parquet"):
        with ParquetWriter(output, first.schema, compression="snappy") as writer:
            for batch in everything:
                writer.write_batch(batch)
        return
    import duckdb

    database = duckdb.connect(output)
    database.register("stream", pa.RecordBatchReader.from_batches(first.schema, everything))
    database.execute("CREATE TABLE lineitem AS SELECT * FROM stream")
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
