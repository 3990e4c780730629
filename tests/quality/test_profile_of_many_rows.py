"""Large loads: figures say the same however the rows arrive, estimates keep their error, memory its bound."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.rows import ALL_UP_TO, STRIDE, looked_at
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
            "code": pa.array(rng.choice(WORDS, ROWS).tolist(), mask=some < 0.2).dictionary_encode(),
        }
    )


@pytest.fixture(scope="module")
def whole(table: pa.Table) -> Profile:
    return profile_table(table)


def all_rows(column: ColumnSummary) -> tuple[object, ...]:
    mean = round(column.mean, 6) if isinstance(column.mean, float) else column.mean
    ends = () if column.max_length is not None else (column.min, column.max)
    return (column.null_count, column.nan_count, *ends, mean)


def looked(column: ColumnSummary) -> tuple[object, ...]:
    ends = () if column.max_length is None else (column.min, column.max, column.min_length, column.max_length)
    return (*ends, column.distinct_estimate, column.most_frequent, column.looked_rows)


@pytest.mark.parametrize("size", [1_000, 8_192, 30_000, 70_000])
def test_batches_do_not_change_any_figure(table: pa.Table, whole: Profile, size: int) -> None:
    found = profile_table(table, range(size, table.num_rows, size))
    assert [all_rows(column) for column in found.columns] == [all_rows(column) for column in whole.columns]
    assert [looked(column) for column in found.columns] == [looked(column) for column in whole.columns]
    assert (found.rows, found.first_rows, found.last_rows) == (whole.rows, whole.first_rows, whole.last_rows)


def test_threads_do_not_change_what_is_of_all_rows(table: pa.Table, whole: Profile) -> None:
    profiler = Profiler(table.schema, ProfileSettings(sample_rows=0))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(profiler.look, table.combine_chunks().to_batches(20_000)))
    assert [all_rows(column) for column in profiler.profile().columns] == [all_rows(c) for c in whole.columns]


def test_numbers_are_measured_in_all_rows(table: pa.Table, whole: Profile) -> None:
    for name in ("key", "random", "price"):
        ends, column = pc.min_max(table[name]), whole.column(name)
        assert (column.min, column.max) == (ends["min"].as_py(), ends["max"].as_py())
    for column in whole.columns:
        assert column.null_count == table[column.name].null_count
    known = table["random"].drop_null().to_pylist()
    assert whole.column("random").mean == sum(known) / len(known)
    assert whole.column("amount").mean == str(round(pc.sum(table["amount"]).as_py() / ROWS, 8)).rstrip("0")


@pytest.mark.parametrize("rows", [ALL_UP_TO - 1, ALL_UP_TO, ALL_UP_TO + 1, ROWS])
@pytest.mark.parametrize("name", ["word", "name", "flag", "code"])
def test_text_is_measured_in_the_rows_looked_at(table: pa.Table, name: str, rows: int) -> None:
    table = table.slice(0, rows)
    found = profile_table(table, range(3_000, rows, 3_000)).column(name)
    known = [value for value in table[name].take(pa.array(looked_at(0, rows))).to_pylist() if value is not None]
    lengths = [len(value) for value in known]
    assert (found.min, found.max, found.looked_rows) == (min(known), max(known), len(known))
    assert (found.min_length, found.max_length) == (min(lengths), max(lengths))
    counts = Counter(known)
    if len(counts) <= 128:
        assert [one.count for one in found.most_frequent] == sorted(counts.values(), reverse=True)[:10]
        assert all(counts[str(one.value)] == one.count for one in found.most_frequent)
    if rows <= ALL_UP_TO:
        assert found.distinct_estimate == len(counts)


def test_every_row_is_looked_at_up_to_a_number_and_then_one_of_a_stride() -> None:
    whole = looked_at(0, ROWS).tolist()
    assert whole[:ALL_UP_TO] == list(range(ALL_UP_TO))
    assert [row // STRIDE for row in whole[ALL_UP_TO:-1]] == list(range(ALL_UP_TO // STRIDE, ROWS // STRIDE))
    edges = [0, 1, 100, ALL_UP_TO - 5, ALL_UP_TO + 3, ALL_UP_TO + 4, 70_000, ROWS]
    parts = [start + row for start, end in pairwise(edges) for row in looked_at(start, end - start).tolist()]
    assert parts == whole


def test_small_loads_of_huge_rows_have_an_exact_number_of_distinct_values() -> None:
    """They are more than is held at a time, and still all of their rows are looked at."""
    texts = [f"{number % 3_000:04}" + "x" * 8_000 for number in range(4_000)]
    column = profile_table(pa.table({"x": texts}), range(500, 4_000, 500)).column("x")
    assert (column.distinct_estimate, column.looked_rows, column.max_length) == (3_000, 4_000, 8_004)


def test_distinct_estimates_keep_their_error(table: pa.Table, whole: Profile) -> None:
    """With 1,024 hashes the standard error is 3.1 %; what scaling up to all rows adds is little for even values."""
    for name in ("random", "name", "price"):
        true = pc.count_distinct(table[name]).as_py()
        assert whole.column(name).distinct_estimate == pytest.approx(true, rel=0.25), name
    for name in ("word", "flag"):
        assert whole.column(name).distinct_estimate == pc.count_distinct(table[name]).as_py()


def test_one_frequent_value_does_not_hide_how_many_others_there_are() -> None:
    rng = np.random.default_rng(5)
    numbers = np.where(rng.random(ROWS) < 0.6, 0, rng.integers(1, 2**40, ROWS))
    found = profile_table(pa.table({"x": numbers})).column("x")
    assert found.distinct_estimate == pytest.approx(len(np.unique(numbers)), rel=0.25)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([2**63 - 1] * 9_000 + [-(2**63)] * 9_000, -0.5),
        ([2**62] * 9_000 + [None] * 9_000, float(2**62)),
        ([999_999_999_999_999_999] * 9_000 + [None] * 500, 999_999_999_999_999_999),
    ],
)
def test_no_sum_overflows(values: list[int | None], mean: float) -> None:
    table = pa.table({"x": pa.array(values, pa.int64())})
    assert profile_table(table).column("x").mean == float(mean)
    if max(value or 0 for value in values) < 10**18:
        exact = profile_table(table.cast(pa.schema([("x", pa.decimal128(19, 0))]))).column("x")
        assert exact.mean == str(mean)
        exact = profile_table(pa.table({"x": pa.array(values, pa.decimal128(18, 0))})).column("x")
        assert exact.mean == str(mean)


def test_text_may_come_in_a_code_where_plain_text_was_promised() -> None:
    words = pa.array(["b", None, "a", "bb"] * 5_000)
    schema = pa.schema([("x", pa.string())])
    profiler = Profiler(schema, ProfileSettings())
    for values in (words, words.dictionary_encode(), words):
        profiler.look(pa.record_batch([values], ["x"]))
    found = profiler.profile().column("x")
    assert (found.null_count, found.min, found.max, found.max_length) == (15_000, "a", "bb", 2)
    assert found.distinct_estimate == 3


def test_frequent_values_are_found_with_their_share() -> None:
    shares = {"often": 0.5, "at times": 0.3, "seldom": 0.1}
    rng = random.Random(1)
    values = [rng.choices([*shares, str(n)], [*shares.values(), 0.1])[0] for n in range(ROWS)]
    column = profile_table(pa.table({"x": values}), range(50_000, ROWS, 50_000)).column("x")
    assert [one.value for one in column.most_frequent[:3]] == list(shares)
    for one in column.most_frequent[:3]:
        # What the counters may lack, and four standard errors of the sample.
        assert -0.03 <= one.share - shares[str(one.value)] <= 0.03 + column.frequent_error
    assert column.looked_rows < ROWS


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
