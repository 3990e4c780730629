"""`conduit connectors`: what can be read and written, and with which options."""

from __future__ import annotations

import click

from conduit.cli.lazy import LazyGroup


@click.command(
    "connectors",
    cls=LazyGroup,
    package="conduit.cli.commands.connectors",
    table={
        "list": "List every connector: what it reads, what it writes.",
        "show": "Show the options of a connector and what it can do.",
    },
)
def command() -> None:
    """List the connectors, and show the options of one."""
