"""Which rejects a `conduit dlq` command is about, as its arguments and options say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from conduit.cli.resource_names import complete_resource
from conduit.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chosen:
    """What narrows the rejects down; None means all. `config` is the configuration that was named."""

    resource: str | None = None
    config: str | None = None
    run: str | None = None
    check: str | None = None


def chooses_rejects(*, by_check: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """RESOURCE, --resource, --file, --run and --check: the command is given them as one, `chosen`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def choosing(*args: Any, **options: Any) -> None:
            resource, named = options.pop("resource"), options.pop("named")
            if resource is not None and named is not None and resource != named:
                raise UsageError(f"Both {resource!r} and {named!r} are named.", remedy="Name one resource.")
            chosen = Chosen(resource or named, options.pop("config"), options.pop("run"), options.pop("check", None))
            command(*args, chosen=chosen, **options)

        offered = [*_OF_RESOURCE, _RUN, _CHECK] if by_check else [*_OF_RESOURCE, _RUN]
        for option in reversed(offered):
            option(choosing)
        return choosing

    return decorate


_OF_RESOURCE = (
    click.argument("resource", required=False, shell_complete=complete_resource),
    click.option(
        "-r", "--resource", "named", metavar="NAME", shell_complete=complete_resource, help="The same as RESOURCE."
    ),
    click.option(
        "-f", "--file", "config", metavar="CONFIG", help="The configuration; default: ingest.yml, or .conduit alone."
    ),
)
_RUN = click.option("--run", metavar="RUN", help="Only rejects of this run: its id, the beginning of it, or `last`.")
_CHECK = click.option(
    "--check", metavar="CHECK", help="Only rejects of this check, by its label (range(age)), or of this code."
)
