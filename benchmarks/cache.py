"""Where the benchmark keeps what is costly to make: data, its exact summaries, environments."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "CONDUIT_BENCH_CACHE"


def root(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the cache folder, created when missing: $CONDUIT_BENCH_CACHE or ~/.cache/conduit-benchmarks."""
    path = Path(environ.get(VARIABLE) or Path.home() / ".cache" / "conduit-benchmarks").resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def folder(name: str) -> Path:
    """Give a folder of that name inside the cache, created when missing."""
    path = root() / name
    path.mkdir(parents=True, exist_ok=True)
    return path
