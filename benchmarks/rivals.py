"""Who is compared: each rival's name and way of being started."""

from dataclasses import dataclass

from benchmarks.commands.conduit import conduit
from benchmarks.commands.conduit_old import conduit_old
from benchmarks.commands.dlt import dlt_arrow, dlt_default
from benchmarks.commands.ingestr import ingestr
from benchmarks.commands.job import Prepare
from benchmarks.commands.script import script


@dataclass(frozen=True, slots=True)
class Rival:
    """One program that can be measured, under its name in tables and charts."""

    key: str
    label: str
    prepare: Prepare


CONDUIT = "conduit"

RIVALS = {
    rival.key: rival
    for rival in (
        Rival(CONDUIT, "Conduit", conduit),
        Rival("polars", "Polars", script("polars_sink", "fast")),
        Rival("duckdb", "DuckDB", script("duckdb_copy", "fast")),
        Rival("duckdb-unordered", "DuckDB, any order", script("duckdb_copy", "fast", "unordered")),
        Rival("duckdb-defaults", "DuckDB, default NULLs", script("duckdb_copy", "fast", "defaults")),
        Rival("pyarrow", "pyarrow", script("pyarrow_stream", "fast")),
        Rival("dlt", "dlt", dlt_arrow),
        Rival("dlt-default", "dlt, own reader", dlt_default),
        Rival("ingestr", "ingestr", ingestr),
        Rival("conduit-1.1", "conduit-core 1.1", conduit_old),
    )
}
