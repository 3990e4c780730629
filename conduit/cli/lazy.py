"""A click group that imports a command's module when the command is called, not when help is shown."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group over a table of command names and their one-line helps.

    The command `name` is the object `command` of the module `<package>.<name>`, a hyphen being `_` there: adding a
    command is adding one file and one line. The table's help wins over the command's own first line, which need not be
    imported to be shown.
    """

    def __init__(self, *args: Any, package: str, table: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.package = package
        self.table = dict(table)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        command: click.Command = import_module(f"{self.package}.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.table and not name.startswith("-") and not ctx.resilient_parsing:
            from conduit.errors import nearest_name

            nearest = nearest_name(name, self.table)
            hint = f"Did you mean {nearest!r}?" if nearest else f"Commands: {', '.join(self.table)}."
            raise click.UsageError(f"There is no command {name!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)
