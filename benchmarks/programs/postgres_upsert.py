"""An upsert as one writes it by hand: COPY to a temporary table, then ON CONFLICT in the order of the key.

Called with: ADDRESS INPUT KEY ...
"""

import sys

import pgpq
import psycopg
import pyarrow as pa
from pyarrow.parquet import ParquetFile


def main(address: str, source: str, *keys: str) -> None:
    """Do the work once."""
    file = ParquetFile(source)
    names = file.schema_arrow.names
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TEMP TABLE coming (LIKE written)")
        encoder = None
        with connection.cursor().copy("COPY coming FROM STDIN (FORMAT binary)") as copy:
            for batch in file.iter_batches(1 << 16):
                arrays = [c.cast(pa.string()) if c.type == pa.string_view() else c for c in batch.columns]
                plain = pa.RecordBatch.from_arrays(arrays, names=names)
                if encoder is None:
                    encoder = pgpq.ArrowToPostgresBinaryEncoder(plain.schema)
                    copy.write(encoder.write_header())
                copy.write(encoder.write_batch(plain))
            if encoder is not None:
                copy.write(encoder.finish())
        key = ", ".join(keys)
        sets = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
        connection.execute(
            f"INSERT INTO written SELECT * FROM coming ORDER BY {key} ON CONFLICT ({key}) DO UPDATE SET {sets}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
