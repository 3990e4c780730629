"""Starts command lines in processes of their own, quickly: `python -m tests.crash.forker`, jobs on stdin.

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
    """Answer each line, a list of jobs that run at once, with their exit codes; a signal is negative.

    A job has cwd, arguments, environment and output.
    """
    for name in _LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        children = []
        for job in json.loads(line):
            pid = os.fork()
            if pid == 0:
                _become(**job)
                return
            children.append(pid)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
        print(json.dumps(codes), flush=True)


def _become(cwd: str, arguments: list[str], environment: dict[str, str], output: str) -> None:
    os.chdir(cwd)
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.dup2(0, 2)
    from conduit.cli.main import main

    main(arguments, prog_name="conduit")


if __name__ == "__main__":
    serve()
