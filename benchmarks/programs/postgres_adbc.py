"""ADBC: a stream of batches into a ParquetWriter. Called with: WORK SCHEMA ADDRESS OUTPUT.

It gives numerics as text, which are cast to the declared decimals.
"""

import sys

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from benchmarks.programs.columns import SCHEMAS, decimal_digits

_TYPES = {"int64": pa.int64(), "string": pa.string(), "date32": pa.date32()}


def main(work: str, schema_name: str, address: str, output: str) -> None:
    """Do the work once."""
    schema = pa.schema(
        [
            (name, pa.decimal128(*digits) if (digits := decimal_digits(kind)) else _TYPES[kind])
            for name, kind in SCHEMAS[schema_name].items()
        ]
    )
    with adbc.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM lineitem")
        with ParquetWriter(output, schema, compression="snappy") as writer:
            for batch in cursor.fetch_record_batch():
                columns = [
                    getattr(column, "storage", column).cast(field.type)
                    for column, field in zip(batch.columns, schema, strict=True)
                ]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


if __name__ == "__main__":
    main(*sys.argv[1:])
