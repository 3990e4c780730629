"""Checks that reach beyond their own item: to a source of the file, and to functions of the user's."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conduit.config.project import Endpoint, Resource
from conduit.config.render import project_to_yaml, resource_to_yaml
from conduit.core.options import Options
from conduit.errors import UsageError
from conduit.quality import custom
from conduit.quality.declare import declared_check
from conduit.quality.model import CustomCheck, References

from .catalogue import VALID, load, problems, with_resource

_SHOP = "  - {name: shop, type: postgresql, table: orders}\ndestinations:"
_PLUGIN = """\
import conduit


@conduit.check("even")
def even(column, of: int = 2):
    return column % of == 0
"""


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom, "_registered", {})
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return


def with_check(*checks: str, plugins: str = "") -> str:
    text = with_resource("quality_checks:\n" + "\n".join(f"  - {{{check}}}" for check in checks))
    return (f"plugins: {plugins}\n" if plugins else "") + text.replace("destinations:", _SHOP, 1)


def options_of(check: object) -> Options:
    assert isinstance(check, References)
    assert isinstance(check.source, Endpoint)
    return check.source.options


def test_a_reference_brings_the_source_that_it_names(tmp_path: Path) -> None:
    [check] = load(tmp_path, with_check("column: a, check: references, source: shop, to: id")).resources[0].checks
    assert isinstance(check, References)
    assert (check.columns, check.columns_there, check.source_name) == (("a",), ("id",), "shop")
    assert getattr(options_of(check), "table") == "orders"  # noqa: B009 - options of a connector that is known here only


@pytest.mark.parametrize(("key", "other"), [("table", "query"), ("query", "table")])
def test_a_table_or_query_takes_the_place_of_the_sources_own(tmp_path: Path, key: str, other: str) -> None:
    text = with_check(
        f"column: a, check: references, source: shop, {key}: people", "column: a, check: references, source: shop"
    )
    first, second = load(tmp_path, text).resources[0].checks
    assert options_of(first).model_dump()[key] == "people"
    assert options_of(first).model_dump()[other] is None
    assert options_of(second).model_dump()["table"] == "orders"


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("column: a, check: references, source: shpo", 'there is no source "shpo", which check 1 (references)'),
        ("column: a, check: references, source: shpo", 'Did you mean "shop"?'),
        ("column: a, check: references, source: orders, table: x", 'key "table" of check 1 (references)'),
        ("column: a, check: references", 'needs "source"'),
        ("column: a, check: references, source: 5", "must be the name of a source"),
        ("column: a, check: references, source: shop, to: [x, y]", "as many columns"),
        ("column: a, check: type, type: int46", "is no type: 'int46'. Did you mean 'int64'?"),
        ("column: a, check: type", 'needs "type"'),
        ("column: a, check: unique, against: there", "must be one of run, destination"),
        ("column: a, check: referense, source: shop", 'Did you mean "references"?'),
    ],
)
def test_what_cannot_be_is_a_problem_of_its_line(tmp_path: Path, check: str, said: str) -> None:
    [problem] = problems(tmp_path, with_check(check))
    assert said in problem
    assert problem.startswith("15:")


def test_a_rendered_reference_loads_as_the_same(tmp_path: Path) -> None:
    text = with_check(
        "column: a, check: references, source: shop, table: people, to: id",
        "columns: [a, b], check: references, source: shop, action: dlq",
        "column: a, check: references, source: orders",
    )
    project = load(tmp_path, text)
    (tmp_path / "again").mkdir()
    again = load(tmp_path / "again", project_to_yaml(project))
    pairs = list(zip(project.resources[0].checks, again.resources[0].checks, strict=True))
    assert len(pairs) == 3
    for one, other in pairs:
        assert options_of(one) == options_of(other)
        assert one.model_copy(update={"source": ""}) == other.model_copy(update={"source": ""})


@pytest.mark.parametrize("plugins", ["checks.py", "[checks.py]", "[./checks.py]"])
def test_a_file_beside_the_configuration_brings_checks(tmp_path: Path, plugins: str) -> None:
    (tmp_path / "checks.py").write_text(_PLUGIN)
    project = load(tmp_path, with_check("column: a, check: even, of: 3, action: warn", plugins=plugins))
    [check] = project.resources[0].checks
    assert isinstance(check, CustomCheck)
    assert (check.parameters, check.action, check.column) == ({"of": 3}, "warn", "a")
    again = load(tmp_path, resource_to_yaml(project.resources[0])).resources[0].checks[0]
    assert isinstance(again, CustomCheck)
    assert again.parameters == {"of": 3}
    assert load(tmp_path, project_to_yaml(project)).plugins == project.plugins


def test_a_module_brings_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_checks_of_orders.py").write_text(_PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    project = load(tmp_path, with_check("column: a, check: even", plugins="[my_checks_of_orders]"))
    assert "plugins:\n- my_checks_of_orders\n" in resource_to_yaml(project.resources[0])


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("column: a, check: evn", 'Did you mean "even"?'),
        (
            "column: a, check: even, off: 3",
            'unknown key "off" of check 1 (even) of resource "orders". Did you mean "of"?',
        ),
        ("column: a, check: even, of: many", 'key "of" of check 1 (even) of resource "orders" must be a whole number'),
        ("check: even", 'needs "column"'),
    ],
)
def test_a_custom_check_is_validated_by_its_signature(tmp_path: Path, check: str, said: str) -> None:
    (tmp_path / "checks.py").write_text(_PLUGIN)
    [problem] = problems(tmp_path, with_check(check, plugins="[checks.py]"))
    assert said in problem


@pytest.mark.parametrize(
    ("plugin", "content", "said"),
    [
        ("lost.py", None, 'there is no plugin "lost.py"'),
        ("no_such_module", None, 'the plugin "no_such_module" cannot be imported: ModuleNotFoundError'),
        ("checks.py", "1 / 0", 'the plugin "checks.py" cannot be imported: ZeroDivisionError: division by zero'),
        ("checks.py", _PLUGIN.replace('"even"', '"unique"'), "'unique' is a check of Conduit's own"),
    ],
)
def test_a_plugin_that_fails_is_a_problem_of_its_line(
    tmp_path: Path, plugin: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / plugin).write_text(content)
    [problem] = problems(tmp_path, f"plugins: [{plugin}]\n{VALID}")
    assert said in problem
    assert problem.startswith("1:11:")


def test_a_check_that_no_file_can_import_cannot_be_written(tmp_path: Path) -> None:
    def even(column: object) -> object:
        return column

    even.__module__ = "__main__"
    custom.check("even")(even)
    resource: Resource = load(tmp_path, VALID).resources[0]
    with pytest.raises(UsageError, match="'even' is defined in this session"):
        resource_to_yaml(replace(resource, checks=(declared_check({"check": "even", "column": "a"}),)))
