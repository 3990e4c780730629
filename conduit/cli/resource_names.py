"""Resources on a command line: the argument that names them, the file that has them, completion in the shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from conduit.cli import configuration

if TYPE_CHECKING:
    from conduit.config.project import Project

F = TypeVar("F", bound=Callable[..., Any])


def complete_resource(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The resources of the configuration that the command is about, without those that are named already."""
    given = ctx.params.get(parameter.name or "")
    named = given if isinstance(given, tuple) else ()
    names = configuration.resource_names(ctx.params.get("config") or configuration.DEFAULT)
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and name not in named]


def resources_argument(command: F) -> F:
    """Any number of resources: the command is given their names as `resources`, none for all."""
    return click.argument("resources", nargs=-1, metavar="[RESOURCE]...", shell_complete=complete_resource)(command)


def file_option(command: F) -> F:
    """The configuration: the command is given it as `config`, None for the one that is here."""
    return click.option(
        "-f", "--file", "config", metavar="CONFIG", help="The configuration; default: the ingest.yml of this folder."
    )(command)


def load_named(config: str | None, resources: tuple[str, ...] = ()) -> Project:
    """The project of a configuration, in which all of `resources` are. Raises ConfigError, UnknownName."""
    from conduit.cli.startup import with_light_imports
    from conduit.config.load import load_project
    from conduit.errors import UnknownName

    project = load_project(configuration.find(config or configuration.DEFAULT), if_all_ours=with_light_imports)
    for name in resources:
        try:
            project.resource(name)
        except UnknownName as unknown:
            if Path(name).suffix in (".yml", ".yaml") or Path(name).is_dir():
                unknown.remedy = f"Name the configuration with --file {name}"
            raise
    return project
