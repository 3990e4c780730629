"""A library's own look at a CSV file: names and types of its columns. Called with: duckdb | polars INPUT."""

import sys


def main(library: str, source: str) -> None:
    """Print a line per column."""
    if library == "duckdb":
        import duckdb

        for name, kind, *_ in duckdb.execute("DESCRIBE SELECT * FROM read_csv(?)", [source]).fetchall():
            print(name, kind)
    else:
        import polars as pl

        for name, kind in pl.scan_csv(source).collect_schema().items():
            print(name, kind)


if __name__ == "__main__":
    main(*sys.argv[1:])
