"""Rejects hold data of people: what is kept for longer than asked for is a fault, and so is what goes too early."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conduit.dlq.layout import prune, resource_folder, staged_name

_NOW = datetime(2024, 5, 6, tzinfo=UTC)


def _run(root: Path, name: str, age_days: float, file: str = "t-0001.parquet", resource: str = "orders") -> Path:
    folder = resource_folder(root, resource) / name
    folder.mkdir(parents=True)
    (folder / file).write_bytes(b"")
    then = (_NOW - timedelta(days=age_days)).timestamp()
    os.utime(folder / file, (then, then))
    return folder


@pytest.mark.parametrize(
    ("keep_runs", "keep_days", "kept"),
    [
        (None, None, "abcd"),
        (2, None, "ab"),
        (0, None, ""),
        (None, 5, "abc"),
        (1, 5, "a"),
        (3, 2, "ab"),
        (9, 99, "abcd"),
    ],
)
def test_runs_are_kept_by_number_and_by_age(
    tmp_path: Path, keep_runs: int | None, keep_days: int | None, kept: str
) -> None:
    folders = {name: _run(tmp_path, name, age) for name, age in (("c", 3), ("a", 0), ("d", 9), ("b", 1))}
    removed = prune(tmp_path, "orders", keep_runs, keep_days, _NOW)
    assert {name for name, folder in folders.items() if folder.exists()} == set(kept)
    assert set(removed) == {folder for folder in folders.values() if not folder.exists()}


def test_an_unsettled_epoch_and_other_resources_are_left_alone(tmp_path: Path) -> None:
    staged = _run(tmp_path, "open", 99, staged_name("t", 1))
    other = _run(tmp_path, "old", 99, resource="orders2")
    assert prune(tmp_path, "orders", 0, 0, _NOW) == ()
    assert staged.exists()
    assert other.exists()


def test_nothing_to_prune_is_fine(tmp_path: Path) -> None:
    assert prune(tmp_path / "none", "orders", 0, 0, _NOW) == ()


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../x", "a b", "ä", "...", "v1.orders"])
def test_every_name_is_a_folder_of_its_own_inside(tmp_path: Path, name: str) -> None:
    folder = resource_folder(tmp_path, name)
    assert folder.resolve().parent == tmp_path.resolve()
