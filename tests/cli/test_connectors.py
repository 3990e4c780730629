"""What a connector can do is read from its own declarations, so what is shown is what is valid."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from conduit.cli.connector_pages import list_lines, page_lines
from conduit.cli.connectors import ConnectorDescription, Side
from conduit.cli.options import describe_options, type_text
from conduit.cli.table import display_width
from conduit.cli.terminal import Terminal
from conduit.core.options import Options, SecretStr, option
from conduit.core.spec import WriteMode
from conduit.registry import destination_names, source_names

from .processes import CONDUIT, conduit, environ


class _Inner(Options):
    x: int = 1


class _Options(Options):
    mode: Literal["fast", "exact"] = option("exact", description="How.", example="fast")
    path: str = option(description="A path or glob.", example="data/*.csv", aliases=("path", "file"))
    password: SecretStr | None = option(SecretStr("hunter2"), description="The password.")
    batch: int = option(10, description="Rows of a batch.", ge=1, le=100)
    tags: tuple[str, ...] = option(("a",), description="Tags.")


SIDE = Side("Reads things.", {"resume": True, "absorbs": ["columns"], "extra": None}, describe_options(_Options))


@pytest.mark.parametrize(
    ("annotation", "text"),
    [(bool, "boolean"), (int | None, "integer"), (Decimal, "number"), (list[str], "list of text"),
     (tuple[int, ...] | str, "list of integer | text"), (Mapping[str, int | str], "mapping to integer | text"),
     (Literal["a", "b"] | None, "a | b"), (Annotated[int, Field(ge=1)], "integer"), (Path, "path"), (_Inner, "block"),
     (dict[str, _Inner], "mapping to block"), (frozenset[str], "list of text"), (SecretStr, "secret"),
     (WriteMode, "append | full_refresh | upsert | insert_only | delete_insert | scd2")],
    ids=str,
)  # fmt: skip
def test_types_are_named_in_the_words_of_yaml(annotation: object, text: str) -> None:
    assert type_text(annotation) == text


def test_an_option_has_all_that_was_declared_and_no_secret() -> None:
    path, mode, password, batch, tags = describe_options(_Options)
    assert (path.name, path.required, path.example, path.aliases) == ("path", True, "data/*.csv", ("file",))
    assert (mode.type, mode.default, mode.description, mode.example) == ("fast | exact", "exact", "How.", "fast")
    assert (batch.limits, tags.default) == (("at least 1", "at most 100"), ["a"])
    assert "hunter2" not in repr(password)


@pytest.mark.parametrize("width", [100, 70, 30])
def test_a_page_has_every_option_and_fits(width: int) -> None:
    page = list(page_lines(ConnectorDescription("thing", ("it",), SIDE, None), Terminal(width=width)))
    text = "\n".join(page)
    for expected in ("thing", "Also written it.", "As a source", "path", "required", "data/*.csv", "fast | exact"):
        assert expected in text
    assert "As a destination" not in text
    assert width < 50 or max(map(display_width, page)) <= width


def test_a_page_ends_in_yaml_that_can_be_copied() -> None:
    import yaml

    page = list(page_lines(ConnectorDescription("thing", (), SIDE, None), Terminal()))
    snippet = yaml.safe_load("\n".join(page[page.index("    sources:") :]))
    assert snippet == {"sources": [{"name": "my_thing", "type": "thing", "path": "data/*.csv"}]}


def test_a_connector_without_its_driver_says_what_to_install() -> None:
    odd = ConnectorDescription("odd", (), None, None, missing="pip install 'conduit-core[odd]'")
    lines = list(list_lines([odd], Terminal()))
    assert "pip install 'conduit-core[odd]'" in lines[1]


def test_the_list_names_every_connector() -> None:
    done = conduit("connectors", "list", "--json")
    listed = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert (done.returncode, set(listed)) == (0, {*source_names(), *destination_names()})
    assert listed["generate"]["source"]["summary"]
    assert listed["generate"]["destination"] is None
    people = conduit("connectors", "list").stdout
    assert all(f"\n{name} " in people for name in listed)


@pytest.mark.parametrize("name", sorted({*source_names(), *destination_names()}))
def test_every_connector_has_a_page_with_all_its_options(name: str) -> None:
    from click.testing import CliRunner

    from conduit.cli.main import main

    told = json.loads(CliRunner().invoke(main, ["connectors", "show", name, "--json"]).stdout)
    page = CliRunner().invoke(main, ["connectors", "show", name])
    assert page.exit_code == 0
    sides = [side for side in (told["source"], told["destination"]) if side]
    assert sides
    for entry in (entry for side in sides for entry in side["options"]):
        assert entry["description"], f"{name}.{entry['name']} has no description"
        assert entry["name"] in page.stdout


def test_an_unknown_connector_is_corrected() -> None:
    done = conduit("connectors", "show", "genrate")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'generate'?" in done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    process = subprocess.Popen(
        [*CONDUIT, "connectors", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ({})
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(timeout=60)) == ("", 0)
    process.stderr.close()
