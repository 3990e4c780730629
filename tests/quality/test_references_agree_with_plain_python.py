"""A key that is there and not found loses a row; one that is found and not there lets a wrong row in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.errors import ConfigError
from conduit.quality.checker import Checker
from conduit.quality.elsewhere import Elsewhere
from conduit.quality.model import References
from conduit.quality.unique import UniqueKeys

_TEXT = st.sampled_from(["", "a", "ä", "a" * 40, "😀", "1"])
_WHOLE = st.integers(-3, 3) | st.sampled_from([127, -128])
_COUNT = st.integers(0, 3) | st.sampled_from([200, 255])
_FLOATS = st.sampled_from([0.0, -0.0, 1.0, 1.5, float("nan"), float("inf"), 2.0])
_MONEY = st.decimals(-9, 9, places=1)
_DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 5))
_MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 3)).map(lambda m: m.replace(microsecond=0))
_BYTES = st.sampled_from([b"", b"\0\0", b"ab", b"\xff\xff"])
_FAMILIES: list[list[tuple[pa.DataType, st.SearchStrategy[Any]]]] = [
    [(pa.int8(), _WHOLE), (pa.int64(), _WHOLE), (pa.int32(), _WHOLE), (pa.uint8(), _COUNT), (pa.uint64(), _COUNT),
     (pa.decimal128(9, 1), _MONEY), (pa.decimal128(38, 4), _MONEY)],
    [(pa.int64(), _WHOLE), (pa.float64(), _FLOATS), (pa.float32(), _FLOATS)],
    [(pa.string(), _TEXT), (pa.large_string(), _TEXT), (pa.string_view(), _TEXT),
     (pa.dictionary(pa.int8(), pa.string()), _TEXT)],
    [(pa.binary(), _BYTES), (pa.large_binary(), _BYTES), (pa.binary(2), st.sampled_from([b"\0\0", b"ab"]))],
    [(pa.date32(), _DAYS), (pa.date64(), _DAYS)],
    [(pa.timestamp("s"), _MOMENTS), (pa.timestamp("us"), _MOMENTS), (pa.timestamp("ns"), _MOMENTS)],
    [(pa.timestamp("us", "UTC"), _MOMENTS.map(lambda m: m.replace(tzinfo=UTC))),
     (pa.timestamp("ms", "Europe/Berlin"), _MOMENTS.map(lambda m: m.replace(tzinfo=UTC)))],
    [(pa.bool_(), st.booleans())],
]  # fmt: skip
_PAIRS = st.sampled_from(_FAMILIES).flatmap(lambda kinds: st.tuples(st.sampled_from(kinds), st.sampled_from(kinds)))


def failing(keys: pa.RecordBatch, known: Sequence[pa.RecordBatch], check: References, memory: int = 1 << 20) -> Any:
    """Numbers of the rows that a `references` check rejects, and the checker's reasons."""

    def read(columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
        return (batch.select(list(columns)) for batch in known)

    there = Elsewhere("the source 'known'", known[0].schema, read)
    numbered = keys.append_column("#", pa.array(range(keys.num_rows), pa.int64()))
    checker = Checker([check], numbered.schema, elsewhere=lambda _: there, memory=memory)
    verdict = checker.judge(numbered)
    checker.close()
    return verdict.rejected.rows["#"].to_pylist() if verdict.rejected else []


def _equal(one: Any, other: Any) -> bool:
    return one == other or (one != one and other != other)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 2))
def test_a_key_passes_when_it_is_there_whatever_its_width(data: st.DataObject, width: int) -> None:
    pairs = [data.draw(_PAIRS) for _ in range(width)]
    rows = data.draw(st.lists(st.tuples(*(st.none() | here[1] for here, _ in pairs)), max_size=12))
    keys = data.draw(st.lists(st.tuples(*(st.none() | there[1] for _, there in pairs)), max_size=12))
    names, others = [f"k{i}" for i in range(width)], [f"o{i}" for i in range(width)]
    here, there = (
        pa.RecordBatch.from_arrays([pa.array([row[i] for row in table], kinds[i]) for i in range(width)], names=called)
        for table, called, kinds in (
            (rows, names, [here[0] for here, _ in pairs]),
            (keys, others, [there[0] for _, there in pairs]),
        )
    )
    expected = [
        number
        for number, row in enumerate(rows)
        if None not in row and not any(None not in key and all(map(_equal, row, key)) for key in keys)
    ]
    check = References(columns=names, source="known", to=others, action="dlq")
    cut = data.draw(st.integers(0, len(keys)))
    assert failing(here, [there.slice(0, cut), there.slice(cut)], check) == expected


def test_numbers_beyond_the_exact_floats_are_told_apart() -> None:
    here = pa.RecordBatch.from_pydict({"k": pa.array([2**53, 2**53 + 1, 2**63 - 1], pa.int64())})
    there = pa.RecordBatch.from_pydict({"k": pa.array([float(2**53), float(2**63)])})
    assert failing(here, [there], References(column="k", source="known", action="dlq")) == [1, 2]
    unsigned = pa.RecordBatch.from_pydict({"k": pa.array([2**63 - 1, 2**64 - 1], pa.uint64())})
    assert failing(here, [unsigned], References(column="k", source="known", action="dlq")) == [0, 1]


def test_fields_of_structs_refer_to_fields_of_structs() -> None:
    here = pa.RecordBatch.from_pylist([{"a": {"zip": "1"}}, {"a": {"zip": "2"}}, {"a": None}])
    there = pa.RecordBatch.from_pylist([{"x": 1, "place": {"code": "1"}}])
    check = References(column="a.zip", source="known", to="place.code", action="dlq")
    assert failing(here, [there], check) == [1]


@pytest.mark.parametrize(
    ("here", "there"),
    [(pa.int64(), pa.string()), (pa.timestamp("us"), pa.timestamp("us", "UTC")), (pa.date32(), pa.time32("s")),
     (pa.float64(), pa.decimal128(9, 2)), (pa.bool_(), pa.int8()), (pa.string(), pa.binary()),
     (pa.int64(), pa.list_(pa.int64()))],
    ids=str,
)  # fmt: skip
def test_types_that_are_never_equal_are_an_error(here: pa.DataType, there: pa.DataType) -> None:
    batches = [pa.RecordBatch.from_arrays([pa.array([], kind)], names=["k"]) for kind in (here, there)]
    with pytest.raises(ConfigError, match="no two values of them are equal") as caught:
        failing(batches[0], [batches[1]], References(column="k", source="known"))
    assert "cast: {k: " in caught.value.remedy


def test_a_missing_column_names_the_nearest_on_either_side() -> None:
    batch = pa.RecordBatch.from_pydict({"customer_id": [1], "id": [1]})
    with pytest.raises(ConfigError, match="'customer_id'"):
        failing(batch, [batch], References(column="custommer_id", source="known"))
    with pytest.raises(ConfigError, match=r"the source 'known'[\s\S]*'customer_id'"):
        failing(batch, [batch], References(column="id", source="known", to="customer"))


@pytest.mark.parametrize("written", [{"to": ["a", "b"]}, {"table": "t", "query": "q"}, {"source": 5}, {"source": ""}])
def test_a_check_that_cannot_be_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        References.model_validate({"column": "k", "source": "known", **written})


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=60), st.lists(st.integers(0, 80), max_size=30), st.integers(1, 3))
def test_equal_hashes_are_told_from_equal_keys(known: list[int], asked: list[int], hashes: int) -> None:
    def weak(keys: pl.DataFrame, level: int) -> pl.Series:
        return (keys.hash_rows(seed=level) % hashes) if level < 4 else keys.hash_rows(seed=level)

    keys = UniqueKeys(1 << 20, None, weak)
    for start in range(0, len(known), 7):
        keys.repeats(pl.DataFrame({"k": [f"key {n}" for n in known[start : start + 7]]}, {"k": pl.String}))
    keys.settle()
    frame = pl.DataFrame({"k": [f"key {n}" for n in asked]}, {"k": pl.String})
    assert keys.known(frame).to_list() == [number in set(known) for number in asked]


@pytest.mark.parametrize("kind", [pl.UInt64, pl.String], ids=["packed", "hashed"])
def test_keys_on_disk_are_found_by_many_threads(tmp_path: Path, kind: type[pl.DataType]) -> None:
    """A memory of 64 KiB holds a tenth of these keys."""
    keys = UniqueKeys(1 << 16, tmp_path)
    numbers = pl.int_range(0, 60_000, dtype=pl.UInt64, eager=True).shuffle(seed=1) * 2
    for part in numbers.cast(kind).to_frame("k").iter_slices(2_500):
        keys.repeats(part)
    keys.settle()
    wrong: list[int] = []

    def ask(start: int) -> None:
        asked = pl.int_range(start, start + 20_000, dtype=pl.UInt64, eager=True)
        found = keys.known(asked.cast(kind).to_frame("k"))
        wrong.extend(asked.filter(found != (asked % 2 == 0)).to_list())

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, 100_000, 20_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    keys.close()


def test_the_reason_names_the_key_and_the_source() -> None:
    here = pa.RecordBatch.from_pydict({"a": [1, 2], "b": [Decimal("1.0"), None]})
    there = pa.RecordBatch.from_pydict({"a": [5], "b": [Decimal("1.0")]})
    elsewhere = Elsewhere("the source 'known'", there.schema, lambda _: iter([there]))
    check = References(columns=("a", "b"), source="known", action="dlq")
    verdict = Checker([check], here.schema, elsewhere=lambda _: elsewhere).judge(here)
    assert verdict.rejected is not None
    [reason] = verdict.rejected.reasons.to_pylist()
    assert reason["message"] == "the key (a, b) is not in the source 'known'"
    assert (reason["code"], reason["value"]) == ("references", "1, 1.0")
