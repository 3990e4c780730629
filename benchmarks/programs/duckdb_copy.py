"""DuckDB: one COPY or CREATE TABLE statement. Called with: WORK SCHEMA INPUT OUTPUT [unordered | defaults].

``unordered`` lets it write rows in any order. ``defaults`` leaves out ``allow_quoted_nulls = false``, without
which DuckDB reads a quoted empty string as NULL.
"""

import sys

import duckdb

from benchmarks.programs.columns import SCHEMAS

PLAIN = {
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "VARCHAR",
    "date32": "DATE",
    "timestamp[us, UTC]": "TIMESTAMPTZ",
}


def reader(work: str, schema: dict[str, str], source: str, variant: str) -> str:
    """Give the table function that reads the input, its types declared."""
    columns = ", ".join(f"'{name}': '{PLAIN.get(kind, kind)}'" for name, kind in schema.items())
    quoted = "" if variant == "defaults" else ", allow_quoted_nulls = false"
    match work.split("-")[0]:
        case "csv":
            return (
                f"read_csv('{source}', columns = {{{columns}}}, auto_detect = false, header = true, "
                f"delim = ',', quote = '\"', escape = '\"'{quoted})"
            )
        case "ndjson":
            return f"read_json('{source}', columns = {{{columns}}}, format = 'newline_delimited')"
        case "parquet":
            return f"read_parquet('{source}')"
        case other:
            raise SystemExit(f"duckdb_copy cannot read {other!r}")


def main(work: str, schema_name: str, source: str, output: str, variant: str = "") -> None:
    """Do the work once."""
    table = reader(work, SCHEMAS[schema_name], source, variant)
    database = duckdb.connect(output if work.endswith("-duckdb") else ":memory:")
    if variant == "unordered":
        database.execute("SET preserve_insertion_order = false")
    if work.endswith("-duckdb"):
        database.execute(f"CREATE TABLE lineitem AS SELECT * FROM {table}")
    else:
        database.execute(f"COPY (SELECT * FROM {table}) TO '{output}' (FORMAT parquet, COMPRESSION snappy)")
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
