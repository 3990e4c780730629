"""Taking samples of a source in the tests, and counting the bytes that it costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from conduit.sdk import ReadRequest, Sample, Source

T = TypeVar("T")


def sampled(source: Source[Any], rows: int, request: ReadRequest | None = None) -> list[Sample]:
    asked = request or ReadRequest()
    return list(source.sample(source.scan(asked), asked, rows))


def part(samples: list[Sample], name: str, file: str | None = None) -> pa.Table:
    """The rows of one part as a table."""
    taken = [s.rows for s in samples if s.part == name and s.rows.num_rows and (file is None or s.file == file)]
    return pa.Table.from_batches(taken)


def bytes_read(work: Callable[[], T]) -> tuple[T, int]:
    """What `work` gives, and how many bytes this process read meanwhile, from the page cache or not."""
    before = _read_so_far()
    result = work()
    return result, _read_so_far() - before


def _read_so_far() -> int:
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["rchar"])
