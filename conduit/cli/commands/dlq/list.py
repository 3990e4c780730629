"""`conduit dlq list`: the rejects of each run in numbers."""

from __future__ import annotations

import click

from conduit.cli.chosen import Chosen, chooses_rejects
from conduit.cli.debugging import debug_option


@click.command("list")
@chooses_rejects()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@debug_option
def command(chosen: Chosen, as_json: bool) -> None:
    """List the rejects of each resource and run, of all or of RESOURCE: how many, why, what was replayed."""
    import os
    import sys
    from datetime import UTC, datetime

    from conduit.cli.reject_pages import overview_lines
    from conduit.cli.rejects import reject_places
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    places = reject_places(chosen.config)
    elsewhere = {name: place for name, place in places.elsewhere.items() if chosen.resource in (None, name)}
    # Of one whose rejects are elsewhere, that is what there is to say.
    runs = (
        []
        if chosen.resource in elsewhere and not places.has(chosen.resource)
        else places.runs(chosen.resource, chosen.run)
    )

    from conduit.dlq.overview import overviews_of
    from conduit.state.replays import replayed_in

    overviews = overviews_of(runs, chosen.check, replayed_in(places.state_dir))
    if as_json:
        import json

        write_lines(sys.stdout, [json.dumps([overview.as_dict() for overview in overviews], indent=2)])
    else:
        terminal = look_at(sys.stdout, os.environ)
        write_lines(sys.stdout, overview_lines(overviews, elsewhere, terminal, datetime.now(UTC)))
