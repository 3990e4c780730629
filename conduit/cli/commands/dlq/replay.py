"""`conduit dlq replay`: rejects once more through their checks, into their destination."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from conduit.cli.chosen import Chosen, chooses_rejects
from conduit.cli.debugging import debug_option, debugging

if TYPE_CHECKING:
    from conduit.cli.watching import Listener
    from conduit.engine.report import RunReport


@click.command("replay")
@chooses_rejects()
@click.option(
    "--from", "edited", type=click.Path(), metavar="FILE", help="Send the rows of this edited export instead."
)
@click.option("--dry-run", is_flag=True, help="Check and report, but write nothing and mark nothing.")
@click.option("--json", "as_json", is_flag=True, help="Write one event a line as JSON to stdout, the report last.")
@click.option("--no-progress", is_flag=True, help="Show no progress on stderr.")
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    chosen: Chosen,
    edited: str | None,
    dry_run: bool,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Send the rejects of RESOURCE again: through its casts and checks, into its destination, in a run of its own.

    What passes is added; what is rejected again is a reject of the new run. Either way it was replayed, and is not
    sent a second time. Rows that were never parsed wait for an edited file.
    """
    from conduit.cli.rejects import require_one, required_project
    from conduit.cli.watching import watch
    from conduit.errors import UsageError

    if edited is not None and (chosen.run is not None or chosen.check is not None):
        raise UsageError("An edited file says itself which rejects it holds.", remedy="Leave out --run and --check.")
    if edited is not None and not Path(edited).is_file():
        raise UsageError(f"There is no file {edited!r}.")

    def replay(listeners: Sequence[Listener], stop: Event) -> RunReport:
        from conduit.cli.startup import with_light_imports

        places = required_project(chosen.config, if_all_ours=with_light_imports)
        name = require_one(places.runs(chosen.resource, chosen.run), chosen.resource)
        assert places.project is not None

        from conduit.dlq.catalog import find_runs
        from conduit.engine.replay import Replay, Selection
        from conduit.engine.runner import run_project

        run_id = None if chosen.run is None else find_runs(places.roots, name, chosen.run)[0].run_id
        selection = Selection(run_id, chosen.check, None if edited is None else Path(edited).absolute())
        sent = Replay(places.project.resource(name), selection, places.state_dir)
        return run_project(places.project, replay=sent, dry_run=dry_run, listen=listeners, stop=stop)

    ctx.exit(watch(replay, as_json=as_json, progress=not no_progress, debug=debugging(ctx)))
