"""Large loads: what is exact stays exact however the rows arrive, estimates keep their error, memory its bound."""

from __future__ import annotations

import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.settings import ProfileSettings
from conduit.quality.profile.summary import ColumnSummary, Profile
from tests.quality.profiles import profile_table

ROWS = 200_000
WORDS = ["AIR", "AIR REG", "FOB", "TRUCK", "TRUCKS", "Ünïcode", "prefix-" * 6 + "a", "prefix-" * 6 + "b", "", "A\0"]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(7)
    keys = np.repeat(np.arange(ROWS // 4), 4)
    some = rng.random(ROWS)
    return pa.table(
        {
            "key": pa.array(keys),
            "random": pa.array(rng.integers(-(2**62), 2**62, ROWS), mask=some < 0.1),
            "price": pa.array(rng.integers(1, 10**6, ROWS) / 100, mask=some > 0.9),
            "word": pa.array(rng.choice(WORDS, ROWS).tolist(), mask=some < 0.05),
            "name": pc.binary_join_element_wise("name ", pa.array(rng.integers(0, ROWS, ROWS)).cast(pa.string()), ""),
            "amount": pa.array(rng.integers(-(10**6), 10**6, ROWS)).cast(pa.decimal128(21, 2)),
            "flag": pa.array(rng.choice(list("NR"), ROWS).tolist()),
        }
    )


@pytest.fixture(scope="module")
def whole(table: pa.Table) -> Profile:
    return profile_table(table)


def exact_part(column: ColumnSummary) -> tuple[object, ...]:
    mean = round(column.mean, 6) if isinstance(column.mean, float) else column.mean
    return (column.null_count, column.nan_count, column.min, column.max, mean, column.min_length, column.max_length)


@pytest.mark.parametrize("size", [1, 1_000, 30_000, 70_000])
def test_batches_do_not_change_what_is_exact(table: pa.Table, whole: Profile, size: int) -> None:
    table = table.slice(0, 500) if size == 1 else table
    whole = profile_table(table) if size == 1 else whole
    found = profile_table(table, range(size, table.num_rows, size))
    assert [exact_part(column) for column in found.columns] == [exact_part(column) for column in whole.columns]
    assert (found.rows, found.first_rows, found.last_rows) == (whole.rows, whole.first_rows, whole.last_rows)


def test_threads_do_not_change_what_is_exact(table: pa.Table, whole: Profile) -> None:
    profiler = Profiler(table.schema, ProfileSettings(sample_rows=0))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(profiler.look, table.combine_chunks().to_batches(20_000)))
    assert [exact_part(column) for column in profiler.profile().columns] == [exact_part(c) for c in whole.columns]


def test_exact_figures_are_those_that_arrow_computes(table: pa.Table, whole: Profile) -> None:
    for name in ("key", "random", "price", "word", "name", "flag"):
        ends, column = pc.min_max(table[name]), whole.column(name)
        assert (column.min, column.max) == (ends["min"].as_py(), ends["max"].as_py())
        assert column.null_count == table[name].null_count
    assert whole.column("amount").mean == str(round(pc.sum(table["amount"]).as_py() / ROWS, 8)).rstrip("0")
    lengths = pc.min_max(pc.utf8_length(table["word"]))
    assert (whole.column("word").min_length, whole.column("word").max_length) == tuple(lengths.as_py().values())


def test_distinct_estimates_keep_their_error(table: pa.Table, whole: Profile) -> None:
    """With 1,024 hashes the standard error is 3.1 %: four of them are next to never exceeded."""
    for name in ("key", "random", "name", "price"):
        true = pc.count_distinct(table[name]).as_py()
        column = whole.column(name)
        assert column.distinct_estimate == pytest.approx(true, rel=0.125), name
    for name in ("word", "flag"):
        assert whole.column(name).distinct_estimate == pc.count_distinct(table[name]).as_py()


def test_frequent_values_are_found_with_their_share() -> None:
    shares = {"often": 0.5, "at times": 0.3, "seldom": 0.1}
    rng = random.Random(1)
    values = [rng.choices([*shares, str(n)], [*shares.values(), 0.1])[0] for n in range(ROWS)]
    column = profile_table(pa.table({"x": values}), range(50_000, ROWS, 50_000)).column("x")
    assert [one.value for one in column.most_frequent[:3]] == list(shares)
    for one in column.most_frequent[:3]:
        # What the counters may lack, and four standard errors of the sample.
        assert -0.03 <= one.share - shares[str(one.value)] <= 0.03 + column.frequent_error
    assert column.frequent_rows < ROWS


def test_a_thousand_columns_take_little_memory() -> None:
    rng = np.random.default_rng(3)
    table = pa.table({f"c{n}": rng.integers(0, 2**60, 20_000) for n in range(1_000)})
    batches = table.to_batches()
    profiler = Profiler(table.schema, ProfileSettings())
    tracemalloc.start()
    for _ in range(4):
        for batch in batches:
            profiler.look(batch)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 60 << 20
    assert len(profiler.profile().columns) == 1_000


def test_huge_values_are_not_kept() -> None:
    huge = pa.array([letter * (2 << 20) for letter in "abcd"] * 4)
    before = pa.total_allocated_bytes()
    profiler = Profiler(pa.schema([("x", huge.type)]), ProfileSettings())
    for _ in range(8):
        profiler.look(pa.record_batch([huge], ["x"]))
    assert pa.total_allocated_bytes() - before < 1 << 20
    found = profiler.profile().column("x")
    assert (found.min, found.max_length, found.distinct_estimate) == ("a" * 199 + "…", 2 << 20, 4)
