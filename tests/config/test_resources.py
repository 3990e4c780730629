"""Resources join a source to a destination: every key arrives, and every reference is checked at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.config.project import DlqSettings
from conduit.core.spec import WriteMode
from conduit.quality.model import Range, Regex, Unique

from .catalogue import VALID, load, problems, with_resource

EVERYTHING = """\
description: Orders of the shop.
mode: full_refresh
unique_key: [id, line]
update_columns: [amount]
columns: [id, line, amount]
rename: {amount: total}
cast: {total: "decimal(12,2)"}
filter: total > 0
limit: 1000
max_failures: 5
max_failure_rate: 0.01
on_reject: fail
on_type_error: fail
dlq: {keep_runs: 3, path: rejects}
tags: [daily, sales]
quality_checks:
  - {column: total, check: range, min: 0}
"""


def test_every_key_of_a_resource_arrives(tmp_path: Path) -> None:
    resource = load(tmp_path, with_resource(EVERYTHING)).resources[0]
    assert resource.mode is WriteMode.FULL_REFRESH
    assert resource.keys == ("id", "line")
    assert resource.update_columns == ("amount",)
    assert resource.columns == ("id", "line", "amount")
    assert resource.rename == {"amount": "total"}
    assert resource.cast == {"total": "decimal(12,2)"}
    assert (resource.filter, resource.limit) == ("total > 0", 1000)
    assert (resource.max_failures, resource.max_failure_rate) == (5, 0.01)
    assert (resource.on_reject, resource.on_type_error) == ("fail", "fail")
    assert resource.dlq == DlqSettings(path=f"{tmp_path}/rejects", keep_runs=3)
    assert resource.tags == ("daily", "sales")
    assert resource.checks == (Range(column="total", min=0),)
    assert resource.description == "Orders of the shop."
    assert resource.place == f"{tmp_path}/ingest.yml:10:5"


def test_other_spellings_mean_the_same(tmp_path: Path) -> None:
    lines = "write_mode: append\nprimary_keys: id\nselect: [id]\nwhere: id > 0\nchecks: []"
    resource = load(tmp_path, with_resource(lines)).resources[0]
    assert (resource.mode, resource.keys, resource.columns, resource.filter) == (
        WriteMode.APPEND,
        ("id",),
        ("id",),
        "id > 0",
    )


@pytest.mark.parametrize("word", ["null", "'null'", "~"])
def test_null_is_a_word_for_type_errors(word: str, tmp_path: Path) -> None:
    """YAML reads it as nothing, which elsewhere means the default."""
    assert load(tmp_path, with_resource(f"on_type_error: {word}")).resources[0].on_type_error == "null"


def test_quality_checks_as_the_roadmap_prints_them(tmp_path: Path) -> None:
    lines = """\
quality_checks:
  - column: email
    check: regex
    pattern: "^[^@]+@[^@]+$"
    action: warn
  - column: id
    check: unique
    action: fail"""
    resource = load(tmp_path, with_resource(lines)).resources[0]
    assert resource.checks == (
        Regex(column="email", pattern="^[^@]+@[^@]+$", action="warn"),
        Unique(columns=("id",), action="fail"),
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("quer: x", '13:5: unknown key "quer" of resource "orders". Did you mean "query"?'),
        ("limit: -1", '13:12: key "limit" of resource "orders" must be at least 0, not -1'),
        ("limit: true", '13:12: key "limit" of resource "orders" must be a number, not true or false'),
        ("max_failure_rate: 2", '13:23: key "max_failure_rate" of resource "orders" must be at most 1, not 2'),
        ("on_reject: drop", '13:16: key "on_reject" of resource "orders" must be one of dlq, fail, not "drop"'),
        (
            "on_type_error: nul",
            '13:20: key "on_type_error" of resource "orders" must be one of dlq, fail, null, not "nul"',
        ),
        ("on_type_error:", '13:19: key "on_type_error" of resource "orders" must be one of dlq, fail, null, not empty'),
        ("mode: apend", '13:11: key "mode" of resource "orders" must be one of append, full_refresh,'),
        ("mode: a\nwrite_mode: b", '14:5: key "write_mode" of resource "orders" says the same as "mode".'),
        ("columns: id", '13:14: key "columns" of resource "orders" must be a list, not "id"'),
        ("cast: {id: int6}", '13:16: key "cast" of resource "orders": there is no type "int6" (column "id"). Did you'),
        ("rename: {a: x, b: x}", '13:23: key "rename" of resource "orders" gives "b" and "a" the same name.'),
        ("dlq: {keep: 3}", '13:11: unknown key "dlq.keep" of resource "orders"'),
        ("quality_checks: {a: b}", '13:21: key "quality_checks" of resource "orders" must be a list, not a mapping'),
        ("checks: [x]", '13:14: check 1 of resource "orders" must be a mapping such as'),
        ("checks: [{column: a}]", '13:14: check 1 of resource "orders" needs "check".'),
        (
            "checks: [{column: a, check: uniqe}]",
            '13:33: unknown check "uniqe" of resource "orders". Did you mean "unique"?',
        ),
        (
            "checks: [{column: a, check: range, min: 0, maxx: 1}]",
            '13:48: unknown key "maxx" of check 1 (range) of resource "orders". Did you mean "max"?',
        ),
        (
            "checks: [{column: a, check: not_null, action: stop}]",
            '13:51: key "action" of check 1 (not_null) of resource "orders" must be one of fail, warn, dlq, not "stop"',
        ),
        (
            'checks: [{column: a, check: regex, pattern: "("}]',
            '13:49: key "pattern" of check 1 (regex) of resource "orders" is not a valid regular expression',
        ),
        (
            "checks: [{column: a, check: range}]",
            '13:14: check 1 (range) of resource "orders" needs `min`, `max` or both',
        ),
    ],
)
def test_a_wrong_key_is_placed_and_explained(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, with_resource(line))
    assert found[-1].startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "source: orders",
            "source: order",
            '11:13: there is no source "order", which resource "orders" names. Did you',
        ),
        (
            "destination: lake",
            "destination: x",
            '12:18: there is no destination "x", which resource "orders" names. Known',
        ),
        ("    source: orders\n", "", '10:5: resource "orders" needs "source". The name of a source.'),
        ("source: orders", "source: 5", '11:13: key "source" of resource "orders" must be text, not 5.'),
        ("  - name: orders\n    source", "  - source", '10:5: resource number 1 needs "name".'),
        (
            "  - name: orders\n    source",
            "  - name: a/b\n    source",
            '10:11: key "name" of resource "a/b" must be printable',
        ),
    ],
)
def test_a_wrong_reference_is_placed_and_explained(tmp_path: Path, old: str, new: str, expected: str) -> None:
    head, tail = VALID.split("resources:\n")
    found = problems(tmp_path, f"{head}resources:\n{tail.replace(old, new)}")
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_dependencies_must_exist_and_not_wait_for_themselves(tmp_path: Path) -> None:
    other = "  - {name: lines, source: orders, destination: lake, depends_on: [orders, ordres]}\n"
    found = problems(tmp_path, with_resource("depends_on: lines") + other)
    assert found == [
        '13:17: resources wait for each other: "orders" -> "lines" -> "orders". Remove one `depends_on`.',
        '14:75: there is no resource "ordres", which resource "lines" depends on. Did you mean "orders"?',
    ]


def test_two_resources_cannot_share_a_name(tmp_path: Path) -> None:
    other = "  - {name: orders, source: orders, destination: lake}\n"
    assert problems(tmp_path, VALID + other) == [
        '13:12: two resources have the name "orders". The first is in line 10.'
    ]


@pytest.mark.parametrize("resources", ["", "resources: []\n", "resources:\n"])
def test_a_configuration_without_resources_moves_nothing(tmp_path: Path, resources: str) -> None:
    found = problems(tmp_path, VALID.split("resources:\n")[0] + resources)
    assert len(found) == 1
    assert "the configuration has no resources" in found[0]


def test_a_list_that_is_no_list_is_one_problem(tmp_path: Path) -> None:
    text = VALID.split("resources:\n")[0] + "resources: {orders: {source: orders}}\n"
    assert problems(tmp_path, text) == [
        '9:12: "resources" must be a list, not a mapping. Begin each entry with `- name: ...`.'
    ]


def test_a_large_configuration_loads(tmp_path: Path) -> None:
    """The limits are for hostile files: four hundred resources with checks are a company, not an attack."""
    more = "".join(
        f"  - name: r{n}\n    source: orders\n    destination: lake\n    depends_on: [orders]\n"
        f"    quality_checks:\n      - {{column: id, check: unique}}\n      - {{column: id, check: not_null}}\n"
        for n in range(400)
    )
    assert len(load(tmp_path, VALID + more).resources) == 401
