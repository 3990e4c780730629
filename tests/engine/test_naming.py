"""Names in one style, never cut and never two for one: and everything after it speaks of the new ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.errors import ConfigError

from .evolving import books, load, loaded, rows

SNAKE = "mode: full_refresh, naming: snake_case"
DATA = {"Order ID": [1, 2], "unitPrice": ["1.50", "x"], "Länge (cm)": [3, 4]}


def test_columns_that_the_user_did_not_rename_get_names_of_one_style(tmp_path: Path) -> None:
    assert books(load(tmp_path, DATA, f"{SNAKE}, rename: {{unitPrice: 'Unit Price'}}")) == (2, 2, 0)
    assert loaded(tmp_path).column_names == ["order_id", "Unit Price", "länge_cm"]


def test_without_it_names_stay_as_they_are(tmp_path: Path) -> None:
    load(tmp_path, DATA, "mode: full_refresh")
    assert loaded(tmp_path).column_names == list(DATA)


def test_checks_casts_and_keys_speak_of_the_new_names_and_columns_of_the_old(tmp_path: Path) -> None:
    keys = (
        "naming: snake_case, mode: upsert, unique_key: order_id, columns: ['Order ID', unitPrice], "
        "cast: {unit_price: 'decimal(10,2)'}, "
        "quality_checks: [{column: order_id, check: range, max: 1, action: dlq}]"
    )
    for _ in range(2):
        assert books(load(tmp_path, DATA, keys)) == (2, 1, 1)
    assert [str(value) for value in rows(tmp_path)[0]] == ["1", "1.50"]
    assert loaded(tmp_path).column_names == ["order_id", "unit_price"]


def test_a_mask_speaks_of_the_new_names(tmp_path: Path) -> None:
    report = load(tmp_path, DATA, f"{SNAKE}, profile: {{mask: [unit_price]}}")
    assert report.resources[0].error is None
    assert "1.50" not in str(report.as_dict())


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ({"Order ID": [1], "order-id": [2]}, SNAKE),
        ({"a": [1], "b": [2]}, "mode: full_refresh, rename: {a: b}"),
        ({"Order ID": [1], "x": [2]}, f"{SNAKE}, rename: {{x: order_id}}"),
    ],
)
def test_two_columns_for_one_name_are_refused_with_both(data: dict[str, list[int]], keys: str, tmp_path: Path) -> None:
    report = load(tmp_path, data, keys)
    error = report.resources[0].error
    assert isinstance(error, ConfigError)
    assert report.exit_code == 2
    for name in data:
        assert repr(name) in str(error)
    assert not (tmp_path / "shop.duckdb").exists()


@pytest.mark.parametrize("name", ["select", "a b", 'q"uote', "naïve", "表", "x" * 300, "line\nbreak", "%s", "$1", "?"])
def test_any_name_arrives_as_it_is(name: str, tmp_path: Path) -> None:
    load(tmp_path, {"id": [1]}, "mode: append, contract: evolve")
    assert books(load(tmp_path, {"id": [2], name: ["v"]}, "mode: append, contract: evolve")) == (1, 1, 0)
    assert loaded(tmp_path).column_names == ["id", name]
