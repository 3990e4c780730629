"""Partitions become slices: large ones alone, small ones together, none lost, and always in the same order."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conduit.core.request import Partition
from conduit.engine.slicing import SLICE_BYTES, slices_of

from .projects import run


def _partitions(*sizes: int | None) -> tuple[Partition, ...]:
    return tuple(Partition(str(number), bytes_estimate=size) for number, size in enumerate(sizes))


def _grouped(*sizes: int | None, one_writer: bool = False) -> list[list[str]]:
    return [[p.id for p in task.partitions] for task in slices_of(_partitions(*sizes), one_writer=one_writer)]


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ((), [[]]),
        ((None, None), [["0"], ["1"]]),
        ((SLICE_BYTES, SLICE_BYTES), [["0"], ["1"]]),
        ((1, 2, 3), [["0", "1", "2"]]),
        ((SLICE_BYTES // 2,) * 4, [["0", "1"], ["2", "3"]]),
        ((1, SLICE_BYTES, 1, 1), [["0", "1"], ["2", "3"]]),
    ],
)
def test_small_neighbours_share_a_slice(sizes: tuple[int | None, ...], groups: list[list[str]]) -> None:
    assert _grouped(*sizes) == groups


def test_one_writer_gets_everything_in_one_slice() -> None:
    assert _grouped(None, SLICE_BYTES, 1, one_writer=True) == [["0", "1", "2"]]


def test_slices_have_names_that_sort_like_they_stand() -> None:
    names = [task.id for task in slices_of(_partitions(*[None] * 20), one_writer=False)]
    assert names == sorted(names)
    assert len(set(names)) == 20


@pytest.mark.parametrize("size", [0, 1 << 40])
def test_many_small_files_are_few_parts_and_many_large_ones_are_one_part_each(size: int, plugged: Path) -> None:
    report = run(plugged, f"""
sources: [{{name: rows, type: pieces, pieces: 12, bytes_each: {size}}}]
destinations: [{{name: lake, type: parquet, path: out/}}]
resources: [{{name: orders, source: rows, destination: lake, mode: append}}]
""")  # fmt: skip
    assert report.accounting.written == 240
    assert len(list((plugged / "out").glob("*.parquet"))) == (1 if size == 0 else 12)
    assert sorted(pq.read_table(plugged / "out")["id"].to_pylist()) == list(range(240))


def test_a_thousand_small_files_are_all_loaded(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(1000):
        (tmp_path / "in" / f"{number:04}.csv").write_text(f"id,word\n{number},w\n")
    report = run(tmp_path, """
sources: [{name: rows, type: csv, path: in/*.csv}]
destinations: [{name: lake, type: parquet, path: out/}]
resources: [{name: orders, source: rows, destination: lake, mode: append}]
""")  # fmt: skip
    assert report.accounting.written == 1000
    assert sorted(pq.read_table(tmp_path / "out")["id"].to_pylist()) == list(range(1000))
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 1


@pytest.mark.parametrize("failing", [0, 3, 11])
def test_a_slice_that_fails_stops_the_others_and_its_cause_is_what_is_told(failing: int, plugged: Path) -> None:
    report = run(plugged, f"""
sources: [{{name: rows, type: pieces, pieces: 12, batches: 50, fail_in: {failing}}}]
destinations: [{{name: lake, type: parquet, path: out/}}]
resources: [{{name: orders, source: rows, destination: lake, mode: append}}]
""")  # fmt: skip
    assert report.status == "failed"
    assert "The double's disk is broken" in str(report.resources[0].error)
    assert not (plugged / "out").exists()
