"""`conduit dlq`: rows that were rejected, looked at, corrected, loaded after all, removed."""

from __future__ import annotations

import click

from conduit.cli.lazy import LazyGroup


@click.command(
    "dlq",
    cls=LazyGroup,
    package="conduit.cli.commands.dlq",
    table={
        "list": "List the rejects of each run: how many, why, what was replayed.",
        "show": "Show rejects with their reason, place, value and row.",
        "export": "Write rejects to a file that can be edited and replayed.",
        "replay": "Send rejects again through their checks into their destination.",
        "purge": "Remove rejects for good.",
    },
)
def command() -> None:
    """Look at rows that were rejected, correct them, load them after all, remove them."""
