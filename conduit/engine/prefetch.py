"""Reading ahead: an iterator that runs on a thread of its own, joined by a queue that is bounded in bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from conduit.engine.budget import ByteBudget

T = TypeVar("T")

# What is read further ahead waits in memory that has gone cold, and needs fresh pages from the system.
AHEAD_BYTES = 48 << 20


@dataclass(slots=True)
class _Queue(Generic[T]):
    items: deque[tuple[T, int]] = field(default_factory=deque)
    bytes: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False
    closed: bool = False
    failure: BaseException | None = None


def prefetch(items: Iterator[T], budget: ByteBudget, size_of: Callable[[T], int]) -> Generator[T, None, None]:
    """The same items, produced ahead of their use. An item's bytes are given back when the next one is asked for.

    An exception of `items` is raised here, after what came before it. Closing this closes `items` on its thread and
    waits for it.
    """
    queue: _Queue[T] = _Queue()
    thread = threading.Thread(target=_produce, args=(items, queue, budget, size_of), name="conduit-read", daemon=True)
    thread.start()
    held = 0
    try:
        while True:
            with queue.changed:
                while not queue.items and not queue.ended:
                    queue.changed.wait()
                if not queue.items:
                    break
                item, size = queue.items.popleft()
                queue.bytes -= size
                queue.changed.notify_all()
            held = size
            yield item
            del item
            budget.give(held)
            held = 0
        if queue.failure is not None:
            raise queue.failure
    finally:
        with queue.changed:
            queue.closed = True
            queue.changed.notify_all()
        thread.join()
        budget.give(held + sum(size for _, size in queue.items))


def _produce(items: Iterator[T], queue: _Queue[T], budget: ByteBudget, size_of: Callable[[T], int]) -> None:
    try:
        for item in items:
            size = size_of(item)
            taken = False
            with queue.changed:
                while queue.items and queue.bytes + size > AHEAD_BYTES and not queue.closed:
                    queue.changed.wait()
            while not taken and not queue.closed:
                taken = budget.take(size, may_wait=bool(queue.items))
            if not taken:
                return
            # Bytes that are taken go into the queue even when it was closed just now: what is in it is given back.
            with queue.changed:
                queue.items.append((item, size))
                queue.bytes += size
                queue.changed.notify_all()
            del item
    except BaseException as failure:  # handed over to the consumer, whatever it is (a Polars panic is no Exception)
        queue.failure = failure
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()
        with queue.changed:
            queue.ended = True
            queue.changed.notify_all()
