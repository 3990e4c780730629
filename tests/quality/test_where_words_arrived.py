"""What is said to be new must be new: a key that a stretch forgets would be loaded twice.

What is said to be perhaps known must be little as long as keys come in an order, or each would be looked up.
"""

from __future__ import annotations

import random

import polars as pl
import pytest

from conduit.quality.arrival import Stretches


def _see(stretches: Stretches, words: list[int]) -> list[bool]:
    covered = stretches.see(pl.Series(words, dtype=pl.UInt64))
    return [False] * len(words) if covered is None else covered.to_list()


@pytest.mark.parametrize("seed", range(20))
def test_a_word_that_came_before_is_never_said_to_be_new(seed: int) -> None:
    choose = random.Random(seed)
    most = choose.choice([10, 300, 2**64])
    stretches, seen = Stretches(), set[int]()
    for _ in range(60):
        batch = list({choose.randrange(most) for _ in range(choose.choice([1, 3, 20]))})
        for word, covered in zip(batch, _see(stretches, batch), strict=True):
            assert covered or word not in seen
        seen.update(batch)


def test_of_words_in_order_only_the_late_ones_are_covered() -> None:
    stretches = Stretches()
    for start in range(0, 100_000, 1000):
        late = [start - 700] if start else []
        covered = _see(stretches, [*late, *range(start, start + 999)])
        assert covered == [True] * len(late) + [False] * 999
    assert stretches.in_order


def test_two_readers_each_in_order_cover_nothing_of_each_other() -> None:
    stretches = Stretches()
    for start in range(0, 50_000, 1000):
        assert not any(_see(stretches, list(range(start, start + 1000))))
        assert not any(_see(stretches, list(range(10**6 + start, 10**6 + start + 1000))))
    assert stretches.in_order


def test_words_without_an_order_are_said_to_have_none() -> None:
    stretches, choose = Stretches(), random.Random(1)
    for _ in range(3):
        stretches.see(pl.Series([choose.randrange(2**64) for _ in range(1000)], dtype=pl.UInt64))
    assert not stretches.in_order


def test_the_ends_of_the_range_of_words_are_words_too() -> None:
    stretches = Stretches()
    assert _see(stretches, [0, 2**64 - 1]) == [False, False]
    assert _see(stretches, [2**63, 0]) == [True, True]
