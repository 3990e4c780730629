"""Start programs that look at a file and say what types its columns have, each as its users would."""

import json

from benchmarks import environments
from benchmarks.commands.job import Job, Prepare, Prepared, environ
from benchmarks.measure import Command


def conduit_schema(job: Job) -> Prepared:
    """Give ``conduit schema``, its YAML written into the job's folder, without a declared type."""
    config = job.folder / "bench.yml"
    shown = {
        "sources": [{"name": "input", "type": job.reads, "path": str(job.source)}],
        "destinations": [{"name": "output", "type": "duckdb", "path": str(job.folder / "out.duckdb")}],
        "resources": [{"name": "lineitem", "source": "input", "destination": "output"}],
    }
    config.write_text(json.dumps(shown), encoding="utf-8")
    argv = [str(environments.script("here", "conduit")), "schema", "lineitem", "--file", str(config)]
    return Prepared(Command(argv, environ(job), job.folder), None)


def sniffed(library: str, caveat: str) -> Prepare:
    """Give a starter for a library's own look at a file."""

    def prepare(job: Job) -> Prepared:
        argv, variables = environments.start("fast", "sniff_schema")
        return Prepared(
            Command([*argv, library, str(job.source)], {**environ(job), **variables}, job.folder), None, caveat
        )

    return prepare
