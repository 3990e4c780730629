"""Who is compared: each rival's name and way of being started."""

from dataclasses import dataclass

from benchmarks.commands.conduit import conduit, uncast, unchecked, unprofiled
from benchmarks.commands.conduit_old import conduit_old
from benchmarks.commands.dlt import dlt_arrow, dlt_default
from benchmarks.commands.ingestr import ingestr
from benchmarks.commands.job import Prepare
from benchmarks.commands.schema import sniffed
from benchmarks.commands.script import script


@dataclass(frozen=True, slots=True)
class Rival:
    """One program that can be measured, under its name in tables and charts.

    ``is_checking`` tells whether it obeys the rules of a case that has some.
    """

    key: str
    label: str
    prepare: Prepare
    is_checking: bool = True


CONDUIT = "conduit"

RIVALS = {
    rival.key: rival
    for rival in (
        Rival(CONDUIT, "Conduit", conduit),
        Rival("conduit-unchecked", "Conduit, no checks", unchecked, is_checking=False),
        Rival("conduit-uncast", "Conduit, no casts", uncast),
        Rival("conduit-unprofiled", "Conduit, no profile", unprofiled),
        Rival("polars", "Polars", script("polars_sink", "fast")),
        Rival("duckdb", "DuckDB", script("duckdb_copy", "fast")),
        Rival("duckdb-unordered", "DuckDB, any order", script("duckdb_copy", "fast", "unordered")),
        Rival("duckdb-defaults", "DuckDB, default NULLs", script("duckdb_copy", "fast", "defaults")),
        Rival("polars-checked", "Polars", script("polars_checked", "fast")),
        Rival("duckdb-checked", "DuckDB, in memory", script("duckdb_checked", "fast")),
        Rival("duckdb-audit", "DuckDB, its output", script("duckdb_checked", "fast", "audit")),
        Rival("polars-schema", "Polars", sniffed("polars", "the first 100 rows, no evidence")),
        Rival("duckdb-schema", "DuckDB", sniffed("duckdb", "no evidence")),
        Rival("pyarrow", "pyarrow", script("pyarrow_stream", "fast")),
        Rival("duckdb-postgres", "DuckDB + postgres", script("postgres_duckdb", "postgres")),
        Rival("duckdb-postgres-unordered", "DuckDB, any order", script("postgres_duckdb", "postgres", "unordered")),
        Rival("adbc-postgres", "ADBC", script("postgres_adbc", "postgres")),
        Rival("dlt", "dlt", dlt_arrow),
        Rival("dlt-default", "dlt, own reader", dlt_default),
        Rival("ingestr", "ingestr", ingestr),
        Rival("conduit-1.1", "conduit-core 1.1", conduit_old),
    )
}
