"""The cases: what work, on which data, by whom."""

from dataclasses import dataclass

from benchmarks.datasets import DATASETS, Dataset


@dataclass(frozen=True, slots=True)
class Contender:
    """A rival in a case. One too slow for all the data gets a tenth of it, once, and is shown as such."""

    rival: str
    on_tenth: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One row of figures. ``repeats`` runs per round suit what is over in a moment, after one warm-up.

    ``rules`` names what rows have to be like; those that are not are kept aside.
    """

    name: str
    title: str
    detail: str
    work: str
    dataset: str
    contenders: tuple[Contender, ...]
    tenth: str | None = None
    repeats: int = 1
    rules: str = ""

    def input_of(self, contender: Contender, quick: bool) -> Dataset:
        """Give the data that a contender works on."""
        name = self.tenth if contender.on_tenth and self.tenth else self.dataset
        return DATASETS[name + ("-quick" if quick else "")]


def _of(*names: str) -> tuple[Contender, ...]:
    """Read contenders from names; ``/10`` after a name puts it on a tenth of the data."""
    return tuple(Contender(name.removesuffix("/10"), name.endswith("/10")) for name in names)


CASES = {
    case.name: case
    for case in (
        Case(
            "csv-parquet",
            "CSV → Parquet",
            "6.0 M rows, 16 columns, 766 MB",
            "csv-parquet",
            "lineitem",
            _of(
                "conduit",
                "polars",
                "duckdb",
                "duckdb-unordered",
                "pyarrow",
                "dlt",
                "dlt-default/10",
                "ingestr/10",
                "conduit-1.1/10",
            ),
            tenth="lineitem-tenth",
        ),
        Case(
            "csv-parquet-4x",
            "CSV → Parquet, 4 × the data",
            "24 M rows, 16 columns, 3.1 GB",
            "csv-parquet",
            "lineitem-4x",
            _of("conduit", "polars", "duckdb", "duckdb-unordered", "pyarrow"),
        ),
        Case(
            "csv-parquet-wide",
            "Messy CSV → Parquet",
            "1 M rows, 60 columns, 953 MB",
            "csv-parquet",
            "wide",
            _of("conduit", "polars", "duckdb", "duckdb-unordered", "duckdb-defaults", "pyarrow", "dlt"),
        ),
        Case(
            "ndjson-parquet",
            "NDJSON → Parquet",
            "1.5 M rows, 16 fields",
            "ndjson-parquet",
            "ndjson",
            _of(
                "conduit",
                "polars",
                "duckdb",
                "duckdb-unordered",
                "pyarrow",
                "dlt-default/10",
                "conduit-1.1/10",
            ),
            tenth="ndjson-tenth",
        ),
        Case(
            "parquet-parquet",
            "Parquet → Parquet",
            "6.0 M rows, 16 columns, re-encoded",
            "parquet-parquet",
            "parquet",
            _of("conduit", "polars", "duckdb", "duckdb-unordered", "pyarrow", "dlt"),
        ),
        Case(
            "csv-duckdb",
            "CSV → DuckDB",
            "6.0 M rows, 16 columns, 766 MB",
            "csv-duckdb",
            "lineitem",
            _of("conduit", "duckdb", "duckdb-unordered", "polars", "pyarrow", "dlt", "ingestr/10"),
            tenth="lineitem-tenth",
        ),
        Case(
            "postgres-parquet",
            "PostgreSQL → Parquet",
            "6.0 M rows, 16 columns, server on the same machine",
            "postgres-parquet",
            "postgres",
            _of("conduit", "duckdb-postgres", "duckdb-postgres-unordered", "adbc-postgres"),
        ),
        *(
            Case(
                f"checks-{kind}{suffix}",
                f"Five checks, {key}{', clean' if suffix else ''}",
                f"CSV → Parquet, 6.0 M rows, {'none' if suffix else 'one in a thousand'} rejected",
                "csv-parquet",
                data,
                _of("conduit", "polars-checked", "duckdb-checked", "duckdb-audit"),
                rules="five",
            )
            for kind, key, flawed, clean in (
                ("packed", "key of two numbers", "flawed", "lineitem"),
                ("general", "key with text in it", "flawed-text", "lineitem-text"),
            )
            for suffix, data in (("", flawed), ("-clean", clean))
        ),
        Case(
            "four-checks",
            "Four checks of single rows",
            "CSV → Parquet, 6.0 M rows, none rejected",
            "csv-parquet",
            "lineitem",
            _of("conduit", "conduit-unchecked"),
            rules="four",
        ),
        Case(
            "all-rejected",
            "Every row rejected",
            "CSV → Parquet, 6.0 M rows, none loaded",
            "csv-parquet",
            "lineitem",
            _of("conduit", "conduit-unchecked"),
            rules="none-passes",
        ),
        Case(
            "profile",
            "Profile of every column",
            "CSV → Parquet, 6.0 M rows, 16 columns",
            "csv-parquet",
            "lineitem",
            _of("conduit", "conduit-unprofiled"),
        ),
        Case(
            "casts",
            "Casts of every number and date",
            "CSV → Parquet, 6.0 M rows, 11 of 16 columns cast",
            "csv-parquet",
            "lineitem-to-cast",
            _of("conduit", "conduit-uncast"),
        ),
        Case(
            "schema",
            "The schema of a file",
            "CSV, 6.0 M rows, 16 columns, 766 MB, nothing loaded",
            "csv-schema",
            "lineitem",
            _of("conduit", "duckdb-schema", "polars-schema"),
            repeats=3,
        ),
        Case(
            "small",
            "A thousand rows",
            "CSV → Parquet, process start to exit",
            "csv-parquet",
            "thousand",
            _of("conduit", "polars", "duckdb", "pyarrow", "dlt", "ingestr", "conduit-1.1"),
            repeats=5,
        ),
        Case(
            "startup",
            "Start-up",
            "the --help page",
            "help",
            "thousand",
            _of("conduit", "dlt", "ingestr", "conduit-1.1"),
            repeats=5,
        ),
    )
}
