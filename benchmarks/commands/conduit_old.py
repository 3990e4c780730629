"""Start conduit-core 1.1.2, the record-oriented predecessor, with its own YAML."""

import json
from typing import Any

from benchmarks import environments
from benchmarks.commands.help import help_page
from benchmarks.commands.job import Job, Prepared, environ
from benchmarks.measure import Command


def conduit_old(job: Job) -> Prepared:
    """Give the command, its YAML written into the job's folder."""
    if job.work == "help":
        return help_page(job, "old", "conduit")
    output = job.folder / "out.parquet"
    kind = "json" if job.reads == "ndjson" else job.reads
    config: dict[str, Any] = {
        "sources": [{"name": "input", "type": kind, "path": str(job.source)}],
        "destinations": [{"name": "output", "type": "parquet", "path": str(output)}],
        "resources": [{"name": "lineitem", "source": "input", "destination": "output", "query": "n/a"}],
    }
    (job.folder / "ingest.yml").write_text(json.dumps(config), encoding="utf-8")
    argv = [str(environments.script("old", "conduit")), "run", "ingest.yml"]
    return Prepared(Command(argv, environ(job), job.folder), output)
