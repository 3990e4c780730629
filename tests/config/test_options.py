"""Options are checked by the connector's own model, and what it refuses is told about the file: key, value, place."""

from __future__ import annotations

from pathlib import Path

import pytest

from .catalogue import VALID, load, problems


def with_source(lines: str) -> str:
    """VALID with more keys on its source, which begin in line 5."""
    return VALID.replace("    path: data/orders.csv\n", "    path: data/orders.csv\n" + lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("delimter: ';'", '5:5: unknown option "delimter" of source "orders" (files). Did you mean "delimiter"?'),
        (
            "nonsense: 1",
            '5:5: unknown option "nonsense" of source "orders" (files). Known: columns, config, delimiter,',
        ),
        ("delimiter: 5", '5:16: option "delimiter" of source "orders" (files) must be text, not 5. Put it in quotes.'),
        ("delimiter: [a]", '5:16: option "delimiter" of source "orders" (files) must be text, not a list'),
        ("header: maybe", '5:13: option "header" of source "orders" (files) must be true or false, not "maybe"'),
        ("skip_rows: many", '5:16: option "skip_rows" of source "orders" (files) must be a whole number, not "many"'),
        ("skip_rows: -1", '5:16: option "skip_rows" of source "orders" (files) must be at least 0, not -1'),
        (
            "columns: [id]",
            '5:14: option "columns" of source "orders" (files) must be a mapping of keys to values, not a',
        ),
        ("columns: {id: 5}", '5:19: option "columns.id" of source "orders" (files) must be text, not 5. Put it in'),
        (
            "columns: {a: text, b: int6}",
            "5:27: source \"orders\" (files): There is no type 'int6'. Did you mean 'int64'",
        ),
    ],
)
def test_a_wrong_option_is_placed_and_explained(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, with_source(f"    {line}\n"))
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_union_is_one_problem(tmp_path: Path) -> None:
    found = problems(tmp_path, VALID.replace("data/orders.csv", "{a: b}"))
    assert found == ['4:11: option "path" of source "orders" (files) must be text or a list, not a mapping']


def test_a_missing_option_tells_how_to_write_it(tmp_path: Path) -> None:
    found = problems(tmp_path, VALID.replace("    path: data/orders.csv\n", ""))
    assert found == [
        '2:5: source "orders" (files) needs "path". Write `path: data/orders.csv`. A file or a list of files.'
    ]


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """One problem per run is a conversation of ten runs."""
    text = with_source("    delimter: 1\n    skip_rows: x\n").replace("type: files\n    path: lake/", "type: filez")
    found = problems(tmp_path, text + "    limt: 5\nsorces: []\n")
    assert [problem.split(": ", 1)[0] for problem in found] == ["5:5", "6:16", "9:11", "14:5", "15:1"]


def test_options_may_stand_in_a_config_block(tmp_path: Path) -> None:
    nested = VALID.replace("    path: data/orders.csv\n", "    header: no\n    config:\n      path: data/orders.csv\n")
    direct = load(tmp_path, VALID).resources[0].source.options
    assert load(tmp_path, nested).resources[0].source.options == direct.model_copy(update={"header": False})


def test_an_option_in_both_places_is_refused(tmp_path: Path) -> None:
    text = with_source("    config: {path: other.csv}\n")
    assert problems(tmp_path, text) == [
        '5:14: option "path" of source "orders" (files) is given twice. It stands in line 4 already.'
    ]


def test_a_config_block_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, with_source("    config: [a]\n")) == [
        '5:13: option "config" of source "orders" (files) must be a mapping of options, not a list'
    ]


SHOP = """\
sources:
  - {name: shop, type: postgresql, table: t, SCHEMA}
destinations:
  - {name: lake, type: files, path: lake/}
resources:
  - {name: orders, source: shop, destination: lake}
"""


@pytest.mark.parametrize("spelling", ["schema", "db_schema", "schema_"])
def test_every_spelling_of_an_option_means_the_same(tmp_path: Path, spelling: str) -> None:
    project = load(tmp_path, SHOP.replace("SCHEMA", f"{spelling}: sales"))
    assert project.resources[0].source.options.model_dump()["schema_"] == "sales"


def test_two_spellings_of_one_option_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, SHOP.replace("SCHEMA", "schema: a, db_schema: b")) == [
        '2:57: option "db_schema" of source "shop" (postgresql) says the same as "schema". Remove one of them.'
    ]


def test_what_concerns_several_options_is_told_at_the_entry(tmp_path: Path) -> None:
    assert problems(tmp_path, SHOP.replace("SCHEMA", "query: select 1")) == [
        '2:5: source "shop" (postgresql) needs `table` or `query`, and not both'
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("just text", '3:5: source number 2 must be a mapping with a name and a type, not "just text"'),
        ("{type: files, path: a}", '3:5: source number 2 needs "name"'),
        ("{name: 5, type: files, path: a}", '3:12: option "name" of source number 2 must be text, not 5. Put it in'),
        ("{name: x, path: a}", '3:5: source "x" needs "type"'),
        ("{name: x, type: file}", '3:21: there is no source of type "file". Did you mean "files"?'),
        ("{name: x, type: [a]}", '3:21: option "type" of source "x" (a list) must be text, not a list'),
        ("{name: x, type: driverless}", "3:21: The connector 'driverless' needs a driver that is not installed. pip"),
        ("{name: x, type: broken}", '3:21: the connector "broken" cannot be loaded: RuntimeError'),
        ("{name: shop, type: files, path: a}", '3:12: two sources have the name "shop". The first is in line 2.'),
        ('{name: x, type: files, path: "a\\0"}', '3:34: option "path" of source "x" (files) cannot hold a NUL'),
    ],
)
def test_an_entry_that_is_no_source_is_explained(tmp_path: Path, entry: str, expected: str) -> None:
    found = problems(tmp_path, SHOP.replace(", SCHEMA}", f"}}\n  - {entry}"))
    assert len(found) == 1
    assert found[0].startswith(expected)
