"""Start ingestr. It writes no local Parquet: that work goes into a DuckDB file, and the report says so."""

from benchmarks import environments
from benchmarks.commands.help import help_page
from benchmarks.commands.job import Job, Prepared, environ
from benchmarks.measure import Command

INGESTR_TYPES = {"int64": "bigint", "date32": "date", "string": "text"}


def ingestr(job: Job) -> Prepared:
    """Give the command."""
    if job.work == "help":
        return help_page(job, "ingestr", "ingestr")
    output = job.folder / "out.duckdb"
    argv = [
        str(environments.script("ingestr", "ingestr")),
        "ingest",
        *("--source-uri", f"csv://{job.source}", "--source-table", "lineitem"),
        *("--dest-uri", f"duckdb:///{output}", "--dest-table", "main.lineitem"),
        *(
            "--columns",
            ",".join(f"{name}:{INGESTR_TYPES.get(kind, 'decimal')}" for name, kind in job.columns.items()),
        ),
        *("--yes", "--progress", "log"),
    ]
    caveat = None if job.writes == "duckdb" else "into DuckDB: it writes no local Parquet"
    return Prepared(Command(argv, environ(job), job.folder), output, caveat)
