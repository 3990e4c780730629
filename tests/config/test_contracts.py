"""`schema_evolution`, `contract` and what goes with them: what they mean, who wins, and what is told of mistakes.

What is misread here changes tables that a person wanted to be left alone, or stops loads that ought to go on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conduit.config.contracts import contract_from_python
from conduit.errors import ConfigError
from conduit.schema.contract import Contract

from .catalogue import VALID, load, problems, with_resource

EVOLVING = Contract(enabled=True)


def _config(resource: str = "", destination: str = "") -> str:
    text = with_resource(resource) if resource else VALID
    return text.replace(
        "    path: lake/\n", "    path: lake/\n" + "".join(f"    {k}\n" for k in destination.splitlines())
    )


@pytest.mark.parametrize(
    ("line", "contract"),
    [
        ("", Contract()),
        ("schema_evolution: true", EVOLVING),
        ("schema_evolution: {enabled: true}", EVOLVING),
        ("schema_evolution: false", Contract()),
        ("schema_evolution: {enabled: false, mode: manual, on_new_column: fail}", Contract()),
        ("schema_evolution:", Contract()),
        ("schema_evolution: {enabled: true, mode: manual}", replace(EVOLVING, mode="manual")),
        ("schema_evolution: {enabled: true, mode: warn}", replace(EVOLVING, mode="warn")),
        ("schema_evolution: {enabled: true, on_new_column: add_nullable}", EVOLVING),
        ("schema_evolution: {enabled: true, on_new_column: ignore}", replace(EVOLVING, columns="reject_value")),
        ("schema_evolution: {enabled: true, on_new_column: fail}", replace(EVOLVING, columns="freeze")),
        ("schema_evolution: {enabled: true, on_removed_column: fail}", replace(EVOLVING, on_removed_column="fail")),
        ("schema_evolution: {enabled: true, on_type_change: widen}", EVOLVING),
        ("schema_evolution: {enabled: true, on_type_change: fail}", replace(EVOLVING, types="freeze")),
        ("schema_evolution: {enabled: true, on_type_change: dlq}", replace(EVOLVING, types="reject_row")),
        ("contract: evolve", EVOLVING),
        ("contract: freeze", replace(EVOLVING, tables="freeze", columns="freeze", types="freeze")),
        (
            "contract: {tables: reject_row, columns: reject_value, mode: manual, on_removed_column: ignore}",
            replace(EVOLVING, tables="reject_row", columns="reject_value", mode="manual", on_removed_column="ignore"),
        ),
        (
            "contract: {columns: {email: freeze}, types: {default: reject_row, id: evolve}}",
            replace(EVOLVING, of_columns={"email": "freeze"}, types="reject_row", of_types={"id": "evolve"}),
        ),
        ("validate_schema: true", Contract(validate=True)),
        ("validate_schema: true\nstrict_validation: false", Contract(validate=True, strict=False)),
        ("required_columns: [id, email]", Contract(required_columns=("id", "email"))),
        ("required_columns: id", Contract(required_columns=("id",))),
    ],
)
def test_a_key_means_the_same_on_a_resource_and_on_its_destination(
    tmp_path: Path, line: str, contract: Contract
) -> None:
    assert load(tmp_path, _config(line)).resources[0].contract == contract
    assert load(tmp_path, _config(destination=line)).resources[0].contract == contract


@pytest.mark.parametrize(
    ("line", "contract"),
    [
        ("auto_add_columns: true", EVOLVING),
        ("auto_add_columns: false", replace(EVOLVING, columns="reject_value")),
        ("on_column_removed: fail", replace(EVOLVING, on_removed_column="fail")),
        ("on_type_change: warn", replace(EVOLVING, types="reject_row")),
        ("update_yaml: true, track_history: false", EVOLVING),
    ],
)
def test_a_spelling_of_1_0_is_understood(tmp_path: Path, line: str, contract: Contract) -> None:
    text = _config(destination=f"schema_evolution: {{enabled: true, {line}}}")
    assert load(tmp_path, text).resources[0].contract == contract


@pytest.mark.parametrize(
    ("resource", "destination", "contract"),
    [
        ("contract: {types: freeze}", "schema_evolution: {enabled: true, on_new_column: fail}", {"types": "freeze"}),
        ("schema_evolution: false", "contract: freeze", {"enabled": False}),
        ("strict_validation: true", "validate_schema: true\nstrict_validation: false", {"validate": True}),
        ("validate_schema: false", "validate_schema: true", {}),
        ("required_columns: [a]", "required_columns: [b, c]", {"required_columns": ("a",)}),
        ("required_columns: []", "required_columns: [b, c]", {}),
    ],
)
def test_the_resource_wins_over_its_destination_key_by_key(
    tmp_path: Path, resource: str, destination: str, contract: dict[str, Any]
) -> None:
    enabled = "contract" in resource
    expected = replace(Contract(enabled=enabled), **contract)
    assert load(tmp_path, _config(resource, destination)).resources[0].contract == expected


def test_naming_is_inherited_too(tmp_path: Path) -> None:
    named = {
        (resource, destination): load(tmp_path, _config(resource, destination)).resources[0].naming
        for resource in ("", "naming: preserve")
        for destination in ("", "naming: snake_case")
    }
    assert [spelling for spelling, naming in named.items() if naming != "preserve"] == [("", "naming: snake_case")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("contract: freeze\nschema_evolution: true", '13:5: key "contract" of resource "orders" says the same as'),
        (
            "contract: frezze",
            (
                '13:15: key "contract" of resource "orders" must be one of evolve, freeze, reject_row, reject_value, '
                'or a mapping, not "frezze". Did you mean "freeze"?'
            ),
        ),
        (
            "contract: [1]",
            (
                '13:15: key "contract" of resource "orders" must be one of evolve, freeze, reject_row, reject_value, '
                "or a mapping, not a list. For example"
            ),
        ),
        (
            "contract: {colums: freeze}",
            '13:16: unknown key "colums" of "contract" of resource "orders". Did you mean "columns"?',
        ),
        (
            "contract: {columns: add}",
            (
                '13:25: key "columns" of "contract" of resource "orders" must be one of evolve, freeze, reject_row, '
                'reject_value, not "add"'
            ),
        ),
        (
            "contract: {types: {amount: freze}}",
            (
                '13:32: key "types.amount" of "contract" of resource "orders" must be one of evolve, freeze, '
                'reject_row, reject_value, not "freze". Did you mean "freeze"?'
            ),
        ),
        ("contract: {types: 7}", '13:23: key "types" of "contract" of resource "orders" must be a mapping'),
        (
            "schema_evolution: sure",
            (
                '13:23: key "schema_evolution" of resource "orders" must be true, false or a mapping of keys, '
                'not "sure". Write `schema_evolution: true`'
            ),
        ),
        (
            "schema_evolution: {mode: autom}",
            (
                '13:30: key "mode" of "schema_evolution" of resource "orders" must be one of auto, manual, warn, not '
                '"autom". Did you mean "auto"?'
            ),
        ),
        (
            "schema_evolution: {on_new_colum: fail}",
            (
                '13:24: unknown key "on_new_colum" of "schema_evolution" of resource "orders". '
                'Did you mean "on_new_column"?'
            ),
        ),
        (
            "schema_evolution: {enabled: true, on_new_column: fail, auto_add_columns: true}",
            '13:60: key "auto_add_columns" of "schema_evolution" of resource "orders" says the same as "on_new_column"',
        ),
        (
            "schema_evolution: {enabled: true, on_column_removed: fail, on_removed_column: fail}",
            '13:39: key "on_column_removed" of "schema_evolution" of resource "orders" says the same as',
        ),
        (
            "schema_evolution: {mode: auto}",
            '13:23: "schema_evolution" of resource "orders" says what may happen, and not whether it may',
        ),
        ("naming: snake", '13:13: key "naming" of resource "orders" must be one of preserve, snake_case, not "snake"'),
        ("validate_schema: maybe", '13:22: key "validate_schema" of resource "orders" must be true or false'),
        ("strict_validation: 3", '13:24: key "strict_validation" of resource "orders" must be true or false, not 3'),
        ("required_columns: [1]", '13:24: key "required_columns.1" of resource "orders" must be text, not 1'),
    ],
)
def test_a_wrong_value_is_placed_and_explained(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, with_resource(line))
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_mistake_on_a_destination_names_the_destination(tmp_path: Path) -> None:
    found = problems(tmp_path, _config(destination="contrct: freeze\nnaming: x\nschema_evolution: {enabld: true}"))
    assert [problem.split(". ")[0] for problem in found] == [
        '9:5: unknown option "contrct" of destination "lake" (files)',
        '10:13: key "naming" of destination "lake" (files) must be one of preserve, snake_case, not "x"',
        '11:24: unknown key "enabld" of "schema_evolution" of destination "lake" (files)',
    ]


def test_python_takes_the_keys_of_a_file() -> None:
    assert contract_from_python({"schema_evolution": True}, Contract()) == EVOLVING
    given: dict[str, Any] = {"schema_evolution": {"on_new_column": "ignore"}, "required_columns": "id"}
    expected = replace(EVOLVING, columns="reject_value", required_columns=("id",))
    assert contract_from_python(given, Contract()) == expected
    frozen = contract_from_python({"contract": "freeze", "validate_schema": True}, expected)
    assert frozen == Contract(True, "auto", "freeze", "freeze", "freeze", validate=True, required_columns=("id",))
    assert contract_from_python({"schema_evolution": False}, frozen) == Contract(
        validate=True, required_columns=("id",)
    )


def test_what_python_does_not_say_stays_as_it_is_declared() -> None:
    declared = replace(EVOLVING, mode="manual", of_types={"id": "freeze"}, strict=False)
    assert contract_from_python({"validate_schema": True}, declared) == replace(declared, validate=True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"schema_evolution": True, "contract": "freeze"}, "says the same"),
        ({"schema_evolution": {"on_new_colum": "fail"}}, "did you mean 'on_new_column'"),
        ({"schema_evolution": "auto"}, "cannot be a str"),
        ({"contract": "frezze"}, "tables: .*'evolve', 'freeze'"),
        ({"contract": {"columns": {"id": "add"}}}, r"columns\.id: "),
        ({"contract": 3}, "cannot be a int"),
        ({"required_columns": [1]}, "required_columns"),
    ],
)
def test_a_mistake_in_python_is_explained(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        contract_from_python(given, Contract())
