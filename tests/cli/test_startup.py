"""Starting is part of the speed: looking something up must not pay for the machinery of a load."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from .processes import environ

HEAVY = {"polars", "duckdb", "pyarrow", "pydantic", "rich", "yaml", "numpy", "pandas"}

_LOADED = """
import json, sys
from conduit.cli.main import main
try:
    main.main(sys.argv[1:], prog_name="conduit")
except SystemExit:
    pass
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def _loaded_by(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *arguments], capture_output=True, text=True, check=True, env=environ({})
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["connectors", "--help"], ["rnu"]], ids=" ".join
)
def test_looking_something_up_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not _loaded_by(*arguments) & HEAVY


def test_the_help_of_the_whole_imports_no_command() -> None:
    script = _LOADED.replace('name.split(".")[0]', "name")
    done = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, env=environ({}))
    modules = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in modules if name.startswith("conduit.cli.commands")] == []


def test_every_command_of_the_table_is_a_file_with_a_command() -> None:
    import click

    from conduit.cli.main import main

    context = click.Context(main)
    commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
    assert {name: command.name for name, command in commands.items() if command} == {name: name for name in main.table}
    assert main.get_command(context, "nothing") is None
