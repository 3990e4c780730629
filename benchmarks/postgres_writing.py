"""Measure loads into PostgreSQL side by side: `python -m benchmarks.postgres_writing [rounds] [work ...]`.

A new table from Parquet and from CSV against DuckDB's postgres extension, and an upsert of 600,000 rows, half of them
new, into six million against a hand-written staging table, sorted by key, with ON CONFLICT. What every load leaves is
counted and summed by the server, and has to be the same for both.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import environments, postgres
from benchmarks.datasets import DATASETS, ensure
from benchmarks.programs.columns import SCHEMAS

_KEY = ["l_orderkey", "l_linenumber"]
_SUMS = "SELECT count(*), sum(l_orderkey), sum(l_extendedprice), sum(l_tax), sum(length(l_comment)) FROM "
_PEERS = {"parquet": "duckdb", "csv": "duckdb", "upsert": "by-hand"}


def main(rounds: int, works: list[str]) -> None:
    """Print a line for each load, and the ratio of the medians for each work."""
    uri = postgres.address(ensure(DATASETS["postgres"]))
    for work in works:
        seconds: dict[str, list[float]] = {"conduit": [], _PEERS[work]: []}
        for number in range(rounds):
            left = set()
            for who in list(seconds)[:: 1 if number % 2 else -1]:
                _prepare(uri, work)
                with tempfile.TemporaryDirectory(prefix="conduit-bench-") as folder:
                    took, peak = _timed(_COMMANDS[who](uri, work, Path(folder)), Path(folder))
                seconds[who].append(took)
                left.add(_psql(uri, f"{_SUMS} written"))
                print(f"{work:8} {who:8} {took:6.2f} s  {peak >> 10:5} MB", flush=True)
            if len(left) > 1:
                raise SystemExit(f"{work}: the tables differ: {left}")
        ours, peer = (median(times) for times in seconds.values())
        print(f"{work:8} {ours:.2f} s, {_PEERS[work]} {peer:.2f} s: {ours / peer:.2f} x", flush=True)
    _psql(uri, "DROP TABLE IF EXISTS written, coming")


def _prepare(uri: str, work: str) -> None:
    _psql(uri, "DROP TABLE IF EXISTS written, _conduit_commits")
    if work == "upsert":
        _psql(uri, "CREATE TABLE written AS SELECT * FROM lineitem")
        _psql(uri, "ALTER TABLE written ALTER l_linenumber TYPE integer")  # as the Parquet file has it
        _psql(uri, f"ALTER TABLE written ADD PRIMARY KEY ({', '.join(_KEY)})")
        _psql(uri, "ANALYZE written")
    _psql(uri, "CHECKPOINT")


def _conduit(uri: str, work: str, folder: Path) -> list[str]:
    kind = "csv" if work == "csv" else "parquet"
    source: dict[str, object] = {"name": "input", "type": kind, "path": str(_input(work))}
    if work == "csv":
        source["columns"] = SCHEMAS["lineitem"]
    how = {"mode": "upsert", "unique_key": _KEY} if work == "upsert" else {"mode": "append"}
    config = {
        "sources": [source],
        "destinations": [{"name": "output", "type": "postgresql", "connection_string": uri, "table": "written"}],
        # DuckDB looks at no values; the profile does, and costs about as much here as everywhere.
        "resources": [{"name": "lineitem", "source": "input", "destination": "output", "profile": False, **how}],
    }
    (folder / "bench.yml").write_text(json.dumps(config), encoding="utf-8")
    return [str(environments.script("here", "conduit")), "run", str(folder / "bench.yml")]


def _duckdb(uri: str, work: str, folder: Path) -> list[str]:
    return _program("postgres_write_duckdb", "postgres", uri, work, str(_input(work)))


def _by_hand(uri: str, work: str, folder: Path) -> list[str]:
    return _program("postgres_upsert", "here", uri, str(_input(work)), *_KEY)


_COMMANDS: dict[str, Callable[[str, str, Path], list[str]]] = {
    "conduit": _conduit, "duckdb": _duckdb, "by-hand": _by_hand,
}  # fmt: skip


def _program(name: str, environment: str, *arguments: str) -> list[str]:
    path = Path(__file__).parent / "programs" / f"{name}.py"
    return [str(environments.script(environment, "python")), str(path), *arguments]


def _input(work: str) -> Path:
    if work != "upsert":
        return ensure(DATASETS["lineitem" if work == "csv" else "parquet"])
    whole = ensure(DATASETS["parquet"])
    path = whole.with_name("upsert.parquet")
    if not path.exists():
        import duckdb

        duckdb.execute(f"""
            COPY (
              WITH half AS (
                SELECT * FROM '{whole}' WHERE hash(l_orderkey * 7 + l_linenumber) % 20 = 3 LIMIT 300000
              )
              SELECT * FROM (
                SELECT * FROM half UNION ALL SELECT * REPLACE (l_orderkey + 10000000 AS l_orderkey) FROM half
              ) ORDER BY hash(l_orderkey * 13 + l_linenumber)
            ) TO '{path}' (FORMAT parquet)
        """)
    return path


def _timed(command: list[str], folder: Path) -> tuple[float, int]:
    """Give the seconds and the peak of resident memory in KiB."""
    begun = time.perf_counter()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env={**os.environ, "NO_COLOR": "1"})
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((folder / "said").read_text(encoding="utf-8"))
    return time.perf_counter() - begun, usage.ru_maxrss


def _psql(uri: str, statement: str) -> str:
    done = subprocess.run(
        ["psql", uri, "-qtAc", statement], check=True, capture_output=True, text=True, env={**os.environ, "PGTZ": "UTC"}
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or list(_PEERS))
