"""Modes and keys: on the destination or on the resource, which wins; and never more than the destination can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.core.spec import WriteMode

from .catalogue import load, problems

CONFIG = """\
sources:
  - {{name: orders, type: files, path: a.csv}}
destinations:
  - {{name: shop, type: postgresql, {destination}}}
  - {{name: lake, type: files, path: lake/}}
resources:
  - {{name: orders, source: orders, destination: shop, {resource}}}
"""


@pytest.mark.parametrize(
    ("destination", "resource", "mode", "keys"),
    [
        ("", "", None, ()),
        ("mode: append", "", WriteMode.APPEND, ()),
        ("mode: append", "mode: full_refresh", WriteMode.FULL_REFRESH, ()),
        ("write_mode: merge, primary_keys: [id]", "", WriteMode.UPSERT, ("id",)),
        ("mode: upsert", "unique_key: id", WriteMode.UPSERT, ("id",)),
        ("unique_key: [id]", "mode: upsert, primary_keys: [a, b]", WriteMode.UPSERT, ("a", "b")),
        ("config: {mode: upsert, unique_key: id}", "", WriteMode.UPSERT, ("id",)),
    ],
)
def test_the_resource_wins_over_its_destination(
    tmp_path: Path, destination: str, resource: str, mode: WriteMode | None, keys: tuple[str, ...]
) -> None:
    found = load(tmp_path, CONFIG.format(destination=destination, resource=resource)).resources[0]
    assert (found.mode, found.keys) == (mode, keys)


@pytest.mark.parametrize(
    ("destination", "resource", "expected"),
    [
        ("mode: upsert", "", '4:42: resource "orders": the mode "upsert" needs a key. Write `unique_key: [id]`'),
        ("", "mode: upsert", '7:61: resource "orders": the mode "upsert" needs a key. Write `unique_key: [id]`'),
        (
            "",
            "mode: scd2, unique_key: id",
            (
                '7:61: destination "shop" (postgresql) does not support the mode "scd2". '
                "It supports: append, full_refresh, upsert."
            ),
        ),
        ("mode: mrege", "", '4:42: key "mode" of destination "shop" (postgresql) must be one of append,'),
    ],
)
def test_an_impossible_mode_is_placed_and_explained(
    tmp_path: Path, destination: str, resource: str, expected: str
) -> None:
    found = problems(tmp_path, CONFIG.format(destination=destination, resource=resource))
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_mode_is_told_at_the_destination_s_config_block_when_it_stands_there(tmp_path: Path) -> None:
    found = problems(tmp_path, CONFIG.format(destination="config: {mode: upsert}", resource=""))
    assert found[0].startswith('4:51: resource "orders": the mode "upsert" needs a key.')


def test_a_table_belongs_to_a_database(tmp_path: Path) -> None:
    text = CONFIG.format(destination="table: t", resource="table: u")
    found = load(tmp_path, text).resources[0]
    assert (found.table, found.destination.options.model_dump()["table"]) == ("u", "t")
    assert problems(tmp_path, text.replace("destination: shop", "destination: lake")) == [
        (
            '7:55: key "table" of resource "orders" has no meaning for destination "lake" (files), which writes files. '
            "Set the path on the destination."
        )
    ]
