"""DuckDB with its postgres extension: one COPY statement. Called with: WORK SCHEMA ADDRESS OUTPUT [unordered]."""

import sys
from pathlib import Path

import duckdb
import duckdb_extension_postgres


def main(work: str, schema: str, address: str, output: str, variant: str = "") -> None:
    """Do the work once."""
    database = duckdb.connect()
    if variant == "unordered":
        database.execute("SET preserve_insertion_order = false")
    # By its path: importing it first would copy it into the home folder.
    folder = Path(duckdb_extension_postgres.__file__).parent / "extensions"
    extension = next(folder.glob("*/postgres.duckdb_extension"))
    database.execute(f"INSTALL '{extension}'")
    database.execute("LOAD postgres")
    database.execute(f"ATTACH '{address}' AS server (TYPE postgres, READ_ONLY)")
    database.execute(f"COPY (SELECT * FROM server.lineitem) TO '{output}' (FORMAT parquet, COMPRESSION snappy)")


if __name__ == "__main__":
    main(*sys.argv[1:])
