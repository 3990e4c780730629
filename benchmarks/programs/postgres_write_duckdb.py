"""DuckDB with its postgres extension: one CREATE TABLE AS. Called with: ADDRESS WORK INPUT."""

import sys
from pathlib import Path

import duckdb
import duckdb_extension_postgres

_TYPES = {
    "l_linenumber": "INTEGER",
    **dict.fromkeys(("l_quantity", "l_extendedprice", "l_discount", "l_tax"), "DECIMAL(15,2)"),
}


def main(address: str, work: str, source: str) -> None:
    """Do the work once."""
    database = duckdb.connect()
    folder = Path(duckdb_extension_postgres.__file__).parent / "extensions"
    database.execute(f"INSTALL '{next(folder.glob('*/postgres.duckdb_extension'))}'")
    database.execute("LOAD postgres")
    database.execute(f"ATTACH '{address}' AS server (TYPE postgres)")
    rows = f"read_csv('{source}', types = {_TYPES})" if work == "csv" else f"'{source}'"
    database.execute(f"CREATE TABLE server.written AS SELECT * FROM {rows}")


if __name__ == "__main__":
    main(*sys.argv[1:])
