"""DuckDB: load what passes five checks, and keep the rest with the reasons.

Called with: WORK SCHEMA INPUT OUTPUT REJECTS [audit]. Loads into a table in memory, finds what fails, and writes two
files. ``audit`` writes the file first and checks that: less memory, and less work as long as nothing fails, as only
then the file has to be written again. Reading the CSV two or three times instead took longer than either.
"""

import os
import sys

import duckdb

from benchmarks.programs.columns import SCHEMAS
from benchmarks.programs.duckdb_copy import reader

FAILS = {
    "not_null": "l_partkey IS NULL",
    "regex": "NOT regexp_matches(l_shipinstruct, '^[A-Z ]+$')",
    "range": "l_quantity NOT BETWEEN 1 AND 50",
    "enum": "l_returnflag NOT IN ('A', 'N', 'R')",
    "unique": "first < number",
}
PARQUET = "(FORMAT parquet, COMPRESSION snappy)"


def reject(database: duckdb.DuckDBPyConnection, rows: str) -> int:
    """Make a table `rejected` of row numbers and reasons, and give its size; `rows` has a column `number`."""
    database.execute(
        f"""
        CREATE TEMP TABLE repeated AS
        SELECT l_orderkey, l_linenumber, min(number) AS first FROM {rows} GROUP BY ALL HAVING count(*) > 1
        """
    )
    reasons = ", ".join(f"CASE WHEN {fails} THEN '{name}' END" for name, fails in FAILS.items())
    database.execute(
        f"""
        CREATE TEMP TABLE rejected AS
        SELECT number, concat_ws(',', {reasons}) AS reasons
        FROM {rows} LEFT JOIN repeated USING (l_orderkey, l_linenumber)
        WHERE {" OR ".join(FAILS.values())}
        """
    )
    found = database.execute("SELECT count(*) FROM rejected").fetchone()
    return int(found[0]) if found else 0


def write(database: duckdb.DuckDBPyConnection, rows: str, output: str, rejects: str) -> None:
    """Write what passed and what did not."""
    good = f"SELECT * EXCLUDE number FROM {rows} ANTI JOIN rejected USING (number)"
    bad = f"SELECT * EXCLUDE number FROM {rows} JOIN rejected USING (number)"
    database.execute(f"COPY ({good}) TO '{output}' {PARQUET}")
    database.execute(f"COPY ({bad}) TO '{rejects}' {PARQUET}")


def main(work: str, schema_name: str, source: str, output: str, rejects: str, variant: str = "") -> None:
    """Do the work once."""
    table = reader(work, SCHEMAS[schema_name], source, "")
    with duckdb.connect() as database:
        database.execute("SET preserve_insertion_order = false")
        if variant != "audit":
            database.execute(f"CREATE TABLE loaded AS SELECT * FROM {table}")
            database.execute("CREATE VIEW numbered AS SELECT *, rowid AS number FROM loaded")
            reject(database, "numbered")
            write(database, "numbered", output, rejects)
            return
        loaded = f"{output}.loaded"
        database.execute(f"COPY (SELECT * FROM {table}) TO '{loaded}' {PARQUET}")
        numbered = f"SELECT * RENAME file_row_number AS number FROM read_parquet('{loaded}', file_row_number = true)"
        database.execute(f"CREATE VIEW numbered AS {numbered}")
        if reject(database, "numbered"):
            write(database, "numbered", output, rejects)
            os.remove(loaded)
        else:
            os.rename(loaded, output)


if __name__ == "__main__":
    main(*sys.argv[1:])
