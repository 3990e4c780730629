"""`conduit run`: run the resources of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from conduit.cli import configuration
from conduit.cli.debugging import debug_option, debugging

if TYPE_CHECKING:
    from conduit.cli.watching import Listener
    from conduit.engine.report import RunReport


def _complete_resource(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    chosen = ctx.params.get("resource") or ()
    # An option that still lacks its value keeps click from reading the arguments: the file is then a leftover.
    config = ctx.args[0] if ctx.args else ctx.params.get("config") or configuration.DEFAULT
    names = configuration.resource_names(config)
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and name not in chosen]


@click.command("run")
@click.argument("config", default=configuration.DEFAULT, type=click.Path())
@click.option(
    "-r",
    "--resource",
    multiple=True,
    metavar="NAME",
    shell_complete=_complete_resource,
    help="Run only this resource; may be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Read, check and report, but write nothing: no data, no state.")
@click.option("--json", "as_json", is_flag=True, help="Write one event a line as JSON to stdout, the report last.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many resources run side by side.")
@click.option("--fresh", is_flag=True, help="Forget where an earlier run stopped, and read from the beginning.")
@click.option("--no-progress", is_flag=True, help="Show no progress on stderr.")
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    config: str,
    resource: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    jobs: int | None,
    fresh: bool,
    no_progress: bool,
) -> None:
    """Run the resources of CONFIG (default: ingest.yml) and account for every row.

    The summary goes to stdout, progress to stderr. Ctrl-C stops at the next batch and leaves nothing half
    visible; a second Ctrl-C leaves at once.
    """
    from conduit.cli.watching import watch

    path = configuration.find(config)

    def run(listeners: Sequence[Listener], stop: Event) -> RunReport:
        from conduit.cli.startup import with_light_imports
        from conduit.config.load import load_project

        project = load_project(path, if_all_ours=with_light_imports)
        select = [project.resource(name).name for name in dict.fromkeys(resource)] or None

        from conduit.engine.runner import run_project

        return run_project(project, select=select, jobs=jobs, dry_run=dry_run, fresh=fresh, listen=listeners, stop=stop)

    ctx.exit(watch(run, as_json=as_json, progress=not no_progress, debug=debugging(ctx)))
