"""Running a function over a stream on several threads, with the results in the stream's order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def ordered_map(
    function: Callable[[A], B], items: Iterable[A], workers: int, ahead: int
) -> Generator[tuple[A, B], None, None]:
    """Each item with its result, in order; at most `ahead` items are taken before their turn.

    Closing the iterator waits for the calls that are running and starts no further ones.
    """
    pending: deque[tuple[A, Future[B]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="conduit-parse")
    try:
        for item in items:
            pending.append((item, pool.submit(function, item)))
            if len(pending) > ahead:
                first, result = pending.popleft()
                yield first, result.result()
                del first, result
        while pending:
            first, result = pending.popleft()
            yield first, result.result()
            del first, result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
