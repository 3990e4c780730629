"""What the reference page does not name, a user will not find."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from conduit import errors
from conduit.cli.main import EPILOG, main
from conduit.core import events

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text("utf-8")


def _commands(group: click.Command, path: str = "conduit") -> list[tuple[str, click.Command]]:
    found = [(path, group)]
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found += _commands(command, f"{path} {name}")
    return found


COMMANDS = _commands(main)


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_and_option_is_on_the_page(path: str, command: click.Command) -> None:
    if not isinstance(command, click.Group):
        assert f"## `{path}`" in PAGE
    spellings = [s for parameter in command.params if isinstance(parameter, click.Option) for s in parameter.opts]
    assert [spelling for spelling in spellings if f"`{spelling}" not in PAGE] == []


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_option_has_a_help_text(path: str, command: click.Command) -> None:
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []
    assert command.help


def test_every_exit_code_is_on_the_page() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ConduitError)]
    codes = {kind.exit_code for kind in kinds} | {int(code) for code in re.findall(r"\b(\d+) ", EPILOG)} | {143}
    assert sorted(code for code in codes if f"\n| {code} |" not in PAGE) == []


def test_every_event_is_on_the_page() -> None:
    kinds = [name for name, kind in vars(events).items() if isinstance(kind, type) and issubclass(kind, events.Event)]
    assert [name for name in kinds if name != "Event" and f"`{name}`" not in PAGE] == []
