"""Running slices on threads: Arrow, Polars and DuckDB release the interpreter's lock while they work."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace

from conduit.engine.slice import SliceContext, SliceResult, SliceTask, run_slice
from conduit.errors import Cancelled


def run_slices(tasks: Sequence[SliceTask], context: SliceContext, workers: int) -> list[SliceResult]:
    """The results of all slices, in order. When one fails the others stop at their next batch, and it is raised."""
    if len(tasks) == 1:
        return [run_slice(tasks[0], context)]
    halt = _Either(context.stop)
    context = replace(context, stop=halt)
    with ThreadPoolExecutor(workers, thread_name_prefix=f"conduit-{context.resource}") as pool:
        futures = [pool.submit(run_slice, task, context) for task in tasks]
        try:
            _, unfinished = wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:
            halt.set()
            raise
        if unfinished:
            halt.set()
            for future in unfinished:
                future.cancel()
            wait(futures)
    failures = [f.exception() for f in futures if not f.cancelled() and f.exception() is not None]
    # A slice that stopped because another one failed says Cancelled; the cause is the other one.
    for failure in sorted(failures, key=lambda f: isinstance(f, Cancelled)):
        assert failure is not None
        raise failure
    return [future.result() for future in futures]


class _Either(threading.Event):
    """Set when it is set itself or when another event is."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return self._other.is_set() or super().is_set()
