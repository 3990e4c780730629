"""Work in a child process: to be killed at a failpoint, or to have its memory measured without the parent's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

import pyarrow as pa

from conduit.core.fault import failpoint
from conduit.sdk import Destination, Json, ReadRequest, Rows, Source, WriteJob
from conduit.sdk.suites.examples import bulk_batches
from conduit.sdk.suites.reading import scanned
from conduit.sdk.suites.watch import anonymous_memory

T = TypeVar("T")

_PATIENCE_SECONDS = 120


def copied(value: T) -> T:
    """`value` as another process would receive it."""
    received: T = ForkingPickler.loads(ForkingPickler.dumps(value))
    return received


def exit_code_of_load(
    destination: Destination[Any], job: WriteJob, table: pa.Table, positions: dict[str, Json], fault: str
) -> int:
    """Load `table` in a child that acts on `fault`; its exit code, -9 when it was killed."""
    with _environment("CONDUIT_FAULT", fault):
        child = get_context("spawn").Process(target=_load, args=(destination, job, table, positions))
        child.start()
    return _joined(child)


def memory_growth(work: Callable[..., int], *arguments: object) -> int:
    """What `work(*arguments)` returns when it runs alone in a child: `growth_of_reading` or `growth_of_staging`."""
    ours, theirs = get_context("spawn").Pipe(duplex=False)
    child = get_context("spawn").Process(target=_report, args=(theirs, work, arguments))
    # Arrow's allocator keeps freed pages for a while, on a busy machine for longer: what is held is what is measured.
    with _environment("MIMALLOC_PURGE_DELAY", "0"):
        child.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        answer = None
    code = _joined(child)
    assert isinstance(answer, int), f"the measuring process failed with exit code {code}; its output says why"
    return answer


def growth_of_reading(small: Source[Any], large: Source[Any], batch_bytes: int) -> int:
    """Bytes by which memory grew, at most, while every batch of `large` was read and dropped.

    `small` is read first: it pays for what is imported and reserved once.
    """
    request = ReadRequest(batch_bytes=batch_bytes)
    _most_memory_of_reading(small, request)
    before = anonymous_memory()
    return _most_memory_of_reading(large, request) - before


def growth_of_staging(small: Destination[Any], large: Destination[Any], job: WriteJob, total_bytes: int) -> int:
    """Bytes by which memory grew, at most, while `total_bytes` of batches were staged and committed to `large`."""
    _most_memory_of_staging(small, job, total_bytes // 32)
    before = anonymous_memory()
    return _most_memory_of_staging(large, job, total_bytes) - before


def _most_memory_of_reading(source: Source[Any], request: ReadRequest) -> int:
    scan = scanned(source, request)
    most = anonymous_memory()
    for partition in scan.partitions:
        for message in source.read(partition, scan.absorbed, None):
            if isinstance(message, Rows):
                most = max(most, anonymous_memory())
    return most


def _most_memory_of_staging(destination: Destination[Any], job: WriteJob, total_bytes: int) -> int:
    seen: list[int] = []

    def watched() -> Iterator[pa.RecordBatch]:
        for batch in bulk_batches(total_bytes):
            seen.append(anonymous_memory())
            yield batch

    session = destination.begin(job)
    staged = list(session.stage("0", watched()))
    seen.append(anonymous_memory())
    session.commit(staged, {})
    seen.append(anonymous_memory())
    session.close()
    return max(seen)


def _load(destination: Destination[Any], job: WriteJob, table: pa.Table, positions: dict[str, Json]) -> None:
    session = destination.begin(job)
    staged = list(session.stage("0", _failing_between(table)))
    failpoint("commit.before")
    session.commit(staged, positions)
    failpoint("commit.after")
    session.close()


def _failing_between(table: pa.Table) -> Iterator[pa.RecordBatch]:
    for batch in table.to_batches(max_chunksize=max(1, table.num_rows // 4)):
        yield batch
        failpoint("stage.batch")


def _report(answer: Connection, work: Callable[..., int], arguments: tuple[object, ...]) -> None:
    answer.send(work(*arguments))
    answer.close()


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A variable for the children that start meanwhile. This process read its own long ago and is not affected."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _joined(child: Any) -> int:
    child.join(_PATIENCE_SECONDS)
    if child.exitcode is None:
        child.kill()
        child.join()
    assert child.exitcode is not None
    return int(child.exitcode)
