"""How long validating many resources takes: ``python -m benchmarks.validation``.

A hundred resources, each a file of its own, half CSV and half Parquet, with checks, into folders of their own; a fresh
process each time. The command exits 1 when the median is above two seconds.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

GOAL_SECONDS = 2.0
_ROWS = 1_000


def main(arguments: list[str] | None = None) -> int:
    """Measure, print every round and the median; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description="Time `conduit validate`.")
    parser.add_argument("--resources", type=int, default=100, metavar="N", help="how many resources (default 100)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how many rounds (default 5)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), options.resources)
        seconds = [_validated(Path(folder)) for _ in range(options.rounds)]
    found = median(seconds)
    print(f"{options.resources} resources, start to exit: {', '.join(f'{s:.2f}' for s in seconds)} s")
    print(f"median {found:.2f} s, goal {GOAL_SECONDS:.1f} s: {'met' if found < GOAL_SECONDS else 'missed'}")
    return int(found >= GOAL_SECONDS)


def write_project(folder: Path, resources: int) -> None:
    """Write a configuration and the files that it reads."""
    table = pa.table(
        {
            "id": range(_ROWS),
            "amount": [row * 1.5 for row in range(_ROWS)],
            **{f"text_{column}": [f"text {row % 13}" for row in range(_ROWS)] for column in range(10)},
        }
    )
    lines: dict[str, list[str]] = {"sources": [], "destinations": [], "resources": []}
    for number in range(resources):
        kind = ("csv", "parquet")[number % 2]
        path = folder / f"in-{number}.{kind}"
        pcsv.write_csv(table, path) if kind == "csv" else pq.write_table(table, path)
        checks = "[{column: id, check: not_null}, {column: amount, check: range, min: 0, action: dlq}]"
        lines["sources"].append(f"- {{name: in_{number}, type: {kind}, path: {path.name}}}")
        lines["destinations"].append(f"- {{name: out_{number}, type: parquet, path: out/{number}/}}")
        lines["resources"].append(
            f"- {{name: r_{number}, source: in_{number}, destination: out_{number}, checks: {checks}}}"
        )
    text = "\n".join("\n".join([f"{key}:", *entries]) for key, entries in lines.items())
    (folder / "ingest.yml").write_text(text)


def _validated(folder: Path) -> float:
    command = [sys.executable, "-m", "conduit", "validate", "--file", str(folder / "ingest.yml")]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
