"""Starts command lines in processes of their own, quickly: `python -m tests.crash.forker`, a job a line on stdin.

The libraries are imported once, here; each child is forked from that and imports Conduit itself, so that it reads
its environment, failpoints included, like any other process. It can be killed like any other, too.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

_LIBRARIES = ("click", "duckdb", "polars", "pyarrow.compute", "pyarrow.parquet", "pydantic", "sqlite3", "yaml")


def serve() -> None:
    """Answer each job (cwd, arguments, environment, output) with the child's exit code; a signal is negative."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(job)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(job: dict[str, object]) -> None:
    os.chdir(str(job["cwd"]))
    os.environ.update(dict(job["environment"]))  # type: ignore[call-overload]
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, job["output"], os.O_WRONLY), (2, os.devnull, 1)):
        os.dup2(os.open(str(path), flags | os.O_CREAT | (os.O_TRUNC if number == 1 else 0), 0o600), number)
    from conduit.cli.main import main

    main(list(job["arguments"]), prog_name="conduit")  # type: ignore[call-overload]


if __name__ == "__main__":
    serve()
