"""Start Conduit as a user would: ``conduit run bench.yml``, with the command beside this interpreter.

State and manifest are written as always, into the empty folder of the run.
"""

import json
from dataclasses import replace
from typing import Any

from benchmarks import environments, postgres
from benchmarks.commands.help import help_page
from benchmarks.commands.job import Job, Prepared, environ
from benchmarks.commands.schema import conduit_schema
from benchmarks.measure import Command
from benchmarks.programs.columns import BEFORE_CASTS
from benchmarks.programs.rules import RULES

SOURCE_TYPES = {"csv": "csv", "ndjson": "json", "parquet": "parquet", "postgres": "postgresql"}


def conduit(job: Job, **extra: Any) -> Prepared:
    """Give the command, its YAML written into the job's folder; ``extra`` are more keys of the resource."""
    if job.work == "help":
        return help_page(job, "here", "conduit")
    if job.writes == "schema":
        return conduit_schema(job)
    is_duckdb = job.writes == "duckdb"
    output = job.folder / ("out.duckdb" if is_duckdb else "out")
    config = job.folder / "bench.yml"
    # JSON is YAML, and quotes everything that needs it.
    config.write_text(json.dumps(pipeline(job, str(output), extra), indent=2), encoding="utf-8")
    argv = [str(environments.script("here", "conduit")), "run", str(config)]
    rejects = job.folder / ".conduit" / "dlq" if job.rules else None
    return Prepared(Command(argv, environ(job), job.folder), output, rejects=rejects)


def unchecked(job: Job) -> Prepared:
    """Give the same load without its checks."""
    return conduit(replace(job, rules=""))


def unprofiled(job: Job) -> Prepared:
    """Give the same load without the profile of its columns."""
    return conduit(job, profile=False)


def uncast(job: Job) -> Prepared:
    """Give the same load from a source that has the types already."""
    return conduit(replace(job, schema="lineitem"))


def pipeline(job: Job, output: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Give the config: one resource from input to output, with the columns declared as for everyone."""
    source: dict[str, Any] = {"name": "input", "type": SOURCE_TYPES[job.reads]}
    if job.reads == "postgres":
        source |= {"connection_string": postgres.address(job.source), "table": "lineitem"}
    else:
        source["path"] = str(job.source)
    if job.reads not in ("parquet", "postgres"):
        source["columns"] = job.columns
    if job.schema == "lineitem_to_cast":
        extra = {"cast": {name: job.columns[name] for name in BEFORE_CASTS}, **extra}
        source["columns"] = {**job.columns, **BEFORE_CASTS}
    destination = {"name": "output", "type": job.writes, "path": output, "mode": "full_refresh"}
    destination |= {"table": "lineitem"} if job.writes == "duckdb" else {"compression": "snappy"}
    checks = {"quality_checks": [{**rule, "action": "dlq"} for rule in RULES[job.rules]]} if job.rules else {}
    return {
        "sources": [source],
        "destinations": [destination],
        "resources": [{"name": "lineitem", "source": "input", "destination": "output", **checks, **extra}],
    }
