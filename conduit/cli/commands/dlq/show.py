"""`conduit dlq show`: rejects one by one."""

from __future__ import annotations

import click

from conduit.cli.chosen import Chosen, chooses_rejects
from conduit.cli.debugging import debug_option


@click.command("show")
@chooses_rejects()
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="How many of each run."
)
@click.option("--json", "as_json", is_flag=True, help="Print the rejects as JSON, whole.")
@debug_option
def command(
    chosen: Chosen,
    limit: int,
    as_json: bool,
) -> None:
    """Show the first rejects of each run, of all resources or of RESOURCE, with their reason, place, value and row.

    A check mark says that a reject was replayed.
    """
    import os
    import sys

    from conduit.cli.reject_pages import sample_lines
    from conduit.cli.rejects import reject_places
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    places = reject_places(chosen.config)
    runs = places.runs(chosen.resource, chosen.run)

    from conduit.dlq.overview import overviews_of
    from conduit.dlq.samples import first_rejects
    from conduit.state.replays import replayed_in

    replayed = replayed_in(places.state_dir)
    overviews = overviews_of(runs, chosen.check, replayed)
    samples = [first_rejects(overview.run, chosen.check, replayed, limit) for overview in overviews]
    if as_json:
        import json

        flat = [sample.as_dict() for some in samples for sample in some]
        write_lines(sys.stdout, [json.dumps(flat, indent=2, ensure_ascii=False)])
        return
    terminal = look_at(sys.stdout, os.environ)
    if not overviews:
        write_lines(sys.stdout, ["There are no such rejects."])
    for number, (overview, some) in enumerate(zip(overviews, samples, strict=True)):
        write_lines(sys.stdout, [""] * (number > 0))
        write_lines(sys.stdout, sample_lines(overview, some, terminal, os.getcwd()))
