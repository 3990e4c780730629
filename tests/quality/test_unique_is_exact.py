"""The first arrival of a key passes and every later one fails: in any types, any order, any memory, any hash."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.errors import FatalError
from conduit.quality.model import Unique
from conduit.quality.unique import UniqueKeys

from .judging import column, failing_rows

_SMALL = st.integers(-2, 2)
_WIDE = st.sampled_from([-(2**63), 2**63 - 1, 0, 1])
_KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int64(), _SMALL | _WIDE),
    (pa.int8(), st.sampled_from([-128, 127, 0])),
    (pa.uint64(), st.sampled_from([0, 1, 2**64 - 1])),
    (pa.bool_(), st.booleans()),
    (pa.string(), st.sampled_from(["", "a", "ä", "a" * 40])),
    (pa.float64(), st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")])),
    (pa.decimal128(20, 2), st.sampled_from([Decimal("0.00"), Decimal("-1.50"), Decimal(10**17)])),
    (pa.timestamp("us", "UTC"), st.sampled_from([0, 1, -1])),
    (pa.binary(), st.sampled_from([b"", b"\0", b"\xff"])),
    (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["", "a"])),
]


def _oracle(rows: Sequence[tuple[Any, ...]]) -> list[int]:
    seen: set[tuple[Any, ...]] = set()
    failed = []
    for number, row in enumerate(rows):
        key = tuple("NaN" if value != value else value for value in row)
        if None not in key:
            failed += [number] if key in seen else []
            seen.add(key)
    return failed


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_any_key_over_any_batches(data: st.DataObject, width: int) -> None:
    kinds = [data.draw(st.sampled_from(_KINDS)) for _ in range(width)]
    rows = data.draw(st.lists(st.tuples(*(st.none() | values for _, values in kinds)), max_size=30))
    schema = pa.schema([(f"k{i}", kind) for i, (kind, _) in enumerate(kinds)])
    whole = pa.RecordBatch.from_arrays(
        [pa.array([row[i] for row in rows], kind) for i, (kind, _) in enumerate(kinds)], schema=schema
    )
    cuts = sorted({0, len(rows), *data.draw(st.lists(st.integers(0, len(rows)), max_size=4))})
    batches = [whole.slice(start, end - start) for start, end in pairwise(cuts)] or [whole]
    check = Unique(columns=tuple(schema.names), action="dlq")
    assert failing_rows(check, batches) == _oracle(rows)


def _repeats(keys: UniqueKeys, frames: Sequence[pl.DataFrame]) -> list[int]:
    found, start = [], 0
    for frame in frames:
        mask = keys.repeats(frame)
        found += [] if mask is None else (mask.arg_true() + start).to_list()
        start += len(frame)
    keys.close()
    return found


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), max_size=20), max_size=12), st.integers(1, 3))
def test_equal_hashes_are_told_from_equal_keys(batches: list[list[int]], hashes: int) -> None:
    """With one to three different hashes nearly every key collides, on each level anew."""

    def weak(keys: pl.DataFrame, level: int) -> pl.Series:
        return (keys.hash_rows(seed=level) % hashes) if level < 4 else keys.hash_rows(seed=level)

    frames = [pl.DataFrame({"k": [f"key {number}" for number in batch]}, {"k": pl.String}) for batch in batches]
    rows = [(number,) for batch in batches for number in batch]
    assert _repeats(UniqueKeys(1 << 20, None, weak), frames) == _oracle(rows)


@pytest.mark.parametrize("kind", [pl.UInt64, pl.String], ids=["packed", "hashed"])
@pytest.mark.parametrize("order", ["ascending", "shuffled", "overlapping"])
def test_keys_on_disk_are_found_again(tmp_path: Path, kind: type[pl.DataType], order: str) -> None:
    """A memory of 64 KiB holds a tenth of these keys."""
    numbers = pl.int_range(0, 60_000, dtype=pl.UInt64, eager=True)
    if order == "shuffled":
        numbers = numbers.shuffle(seed=1)
    if order == "overlapping":
        numbers = (numbers * 7) % 60_000
    again = numbers.slice(100, 50)
    stream = pl.concat([numbers, again, numbers.slice(0, 1)]).cast(kind)
    frames = [pl.DataFrame({"k": stream.slice(start, 2_500)}) for start in range(0, len(stream), 2_500)]
    expected = _oracle([(value,) for value in stream.to_list()])
    assert _repeats(UniqueKeys(1 << 16, tmp_path), frames) == expected
    assert list(tmp_path.iterdir()) == [], "what is spilled has no name and leaves nothing behind"


def test_wide_pairs_that_do_not_fit_a_word_are_told_apart() -> None:
    """The first batch fixes how pairs are packed; later ones may lie far outside of what it showed."""
    pairs = [(1, 1), (2, 1), (2**62, -(2**62)), (2**62, -(2**62)), (1, 1), (-(2**63), 2**63 - 1), (-(2**63), 2**63 - 1)]
    frames = [pl.DataFrame([pair], {"a": pl.Int64, "b": pl.Int64}, orient="row") for pair in pairs]
    assert _repeats(UniqueKeys(1 << 20, None), frames) == [3, 4, 6]
    assert _repeats(UniqueKeys(1 << 20, None), [pl.concat(frames[:1]), pl.concat(frames[1:])]) == [3, 4, 6]


def test_a_column_that_leaves_no_room_for_another_one() -> None:
    """The first batch shows both ends of one column and a single value of the other, which then gets no bit."""
    batches = [[(1, 0), (1, 2**64 - 1)], [(1, 0), (2, 0), (2, 0), (1, 5)], [(1, 5)]]
    frames = [pl.DataFrame(rows, {"a": pl.Int64, "b": pl.UInt64}, orient="row") for rows in batches]
    assert _repeats(UniqueKeys(1 << 20, None), frames) == [2, 4, 6]


def test_of_equal_keys_in_many_threads_exactly_one_is_the_first() -> None:
    keys = UniqueKeys(1 << 20, None)
    frames = [
        pl.DataFrame({"k": pl.int_range(0, 20_000, dtype=pl.Int64, eager=True).shuffle(seed)}) for seed in range(8)
    ]
    firsts: Counter[int] = Counter()
    guard = threading.Lock()

    def judge(frame: pl.DataFrame) -> None:
        for part in frame.iter_slices(1_000):
            mask = keys.repeats(part)
            with guard:
                firsts.update((part["k"] if mask is None else part["k"].filter(~mask)).to_list())

    threads = [threading.Thread(target=judge, args=(frame,)) for frame in frames]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert firsts == Counter(range(20_000))


def test_a_spill_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    keys = UniqueKeys(1 << 10, blocked)
    with pytest.raises(FatalError, match="could not be kept on disk") as caught:
        keys.repeats(pl.DataFrame({"k": pl.int_range(0, 10_000, dtype=pl.Int64, eager=True)}))
    assert str(blocked) in str(caught.value)


def test_rows_that_fail_another_way_are_keys_too() -> None:
    assert failing_rows(
        Unique(columns="x", action="dlq"), [column([1, 1], pa.int64()), column([1, 2], pa.int64())]
    ) == [
        1,
        2,
    ]
