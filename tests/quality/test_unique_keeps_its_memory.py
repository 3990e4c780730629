"""Memory that grows with the number of keys ends a long run; what does not fit goes to disk and is still found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PROGRAM = """
import resource, sys
from pathlib import Path
import polars as pl
from conduit.quality.unique import UniqueKeys

count, folder = int(sys.argv[1]), Path(sys.argv[2])
batch = 100_000
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
keys = UniqueKeys(32 << 20, folder)

def arrive(start):
    numbers = pl.int_range(start, start + batch, dtype=pl.UInt64, eager=True)
    return keys.repeats(pl.DataFrame({"k": numbers.hash(seed=1)}))

assert arrive(0) is None
before = peak()
for start in range(batch, count, batch):
    assert arrive(start) is None, start
for start in (0, count // 2, count - batch):
    assert arrive(start).all(), start
print(peak() - before)
"""


def _growth(count: int, folder: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(count), str(folder)], cwd=_ROOT, check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_four_million_shuffled_keys_stay_within_their_memory(tmp_path: Path) -> None:
    """32 MiB for the keys, as much again while a run of them is sorted, and the pages of the run that is looked at."""
    assert _growth(4_000_000, tmp_path) < 128
