"""Peak memory is a promise: it does not grow with the input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .projects import ROOT, configure

RUN = """
import resource, sys
from pathlib import Path
from conduit.config.load import load_project
from conduit.engine.runner import run_project
report = run_project(load_project(Path(sys.argv[1]), environment={}))
assert report.status == "ok", report
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak_kilobytes(folder: Path, rows: int, destination: str) -> int:
    folder.mkdir()
    path = configure(folder, f"""
memory: 128MB
sources: [{{name: rows, type: generate, rows: {rows}}}]
destinations: [{{name: lake, {destination}}}]
resources: [{{name: orders, source: rows, destination: lake, mode: append}}]
""")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.parametrize(
    "destination",
    [
        f"type: parquet, path: out/, row_group_bytes: {8 << 20}",
        pytest.param("type: csv, path: out/", marks=pytest.mark.slow),
    ],
)
def test_four_times_the_rows_need_no_more_memory(destination: str, tmp_path: Path) -> None:
    small = max(_peak_kilobytes(tmp_path / f"small-{n}", 1_000_000, destination) for n in range(2))
    large = _peak_kilobytes(tmp_path / "large", 4_000_000, destination)
    assert large < small * 1.1, f"{small >> 10} MiB for a million rows, {large >> 10} MiB for four"
