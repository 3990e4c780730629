"""Reading ahead gives the same items, holds no more than its budget, and leaves no thread behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from conduit.engine.budget import ByteBudget
from conduit.engine.prefetch import prefetch


def _reading_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "conduit-read"]


def _all_given_back(budget: ByteBudget, total: int) -> bool:
    return budget.take(total, may_wait=True)


def test_all_items_come_in_order() -> None:
    budget = ByteBudget(10)
    assert list(prefetch(iter(range(1000)), budget, lambda _: 3)) == list(range(1000))
    assert _all_given_back(budget, 10)
    assert _reading_threads() == []


def test_an_item_larger_than_the_budget_passes() -> None:
    assert list(prefetch(iter("abc"), ByteBudget(1), lambda _: 100)) == ["a", "b", "c"]


def test_no_more_is_produced_than_fits_the_budget() -> None:
    produced = 0
    third, full = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        nonlocal produced
        for number in range(100):
            produced += 1
            if number == 5:
                full.set()
            yield number

    ahead = prefetch(items(), ByteBudget(50), lambda _: 10)
    assert next(ahead) == 0
    assert full.wait(10), "it reads ahead as far as there is room"
    assert not third.wait(0.1)
    # One is held by the consumer, four wait in the queue, and one waits for room.
    assert produced == 6
    ahead.close()
    assert _reading_threads() == []


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_closing_early_closes_the_items_and_gives_their_bytes_back(taken: int) -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    budget = ByteBudget(50)
    ahead = prefetch(items(), budget, lambda _: 10)
    next(ahead)
    for _ in range(taken):
        next(ahead)
    ahead.close()
    assert closed.is_set()
    assert _reading_threads() == []
    assert _all_given_back(budget, 50)


@pytest.mark.parametrize("failure", [OSError("disk"), SystemExit(3), KeyboardInterrupt()])
def test_what_the_items_raise_comes_after_what_they_gave(failure: BaseException) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise failure

    budget = ByteBudget(50)
    ahead = prefetch(items(), budget, lambda _: 10)
    assert next(ahead) == 1
    with pytest.raises(type(failure)):
        next(ahead)
    assert _reading_threads() == []
    assert _all_given_back(budget, 50)


def test_what_the_consumer_raises_ends_the_reading() -> None:
    budget = ByteBudget(50)
    ahead = prefetch(iter(range(1000)), budget, lambda _: 10)
    next(ahead)
    with pytest.raises(ZeroDivisionError):
        ahead.throw(ZeroDivisionError())
    assert _reading_threads() == []
    assert _all_given_back(budget, 50)


@pytest.mark.parametrize("total", [1, 30, 1000])
def test_many_at_once_never_wait_for_each_other_for_ever(total: int) -> None:
    budget = ByteBudget(total)
    sums: list[int] = []

    def consume() -> None:
        sums.append(sum(prefetch(iter(range(200)), budget, lambda _: 10)))

    threads = [threading.Thread(target=consume, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sums == [sum(range(200))] * 6
    assert _all_given_back(budget, total)


def test_a_stalled_one_does_not_stall_the_others() -> None:
    """A slice that waits for its destination keeps what it holds; the others go on with one batch each."""
    budget = ByteBudget(20)
    stalled = prefetch(iter(range(10)), budget, lambda _: 10)
    next(stalled)
    assert sum(prefetch(iter(range(20)), budget, lambda _: 10)) == sum(range(20))
    stalled.close()
    assert _all_given_back(budget, 20)
