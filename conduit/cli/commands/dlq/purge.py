"""`conduit dlq purge`: rejects removed for good, after a question."""

from __future__ import annotations

import click

from conduit.cli.chosen import Chosen, chooses_rejects
from conduit.cli.debugging import debug_option


@click.command("purge")
@chooses_rejects(by_check=False)
@click.option("--older-than", metavar="AGE", help="Only rejects that are older, such as 30d, 12h or 2w.")
@click.option("--replayed", "only_replayed", is_flag=True, help="Only runs of which every reject was replayed.")
@click.option("-y", "--yes", is_flag=True, help="Remove without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print what was removed as JSON.")
@debug_option
@click.pass_context
def command(
    ctx: click.Context,
    chosen: Chosen,
    older_than: str | None,
    only_replayed: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove the rejects of whole runs, of all resources or of RESOURCE, for good. Asks before it does."""
    import json
    import sys
    from datetime import UTC, datetime

    from conduit.cli import format
    from conduit.cli.ages import parse_age
    from conduit.cli.rejects import reject_places
    from conduit.cli.streams import write_lines
    from conduit.errors import UsageError

    oldest = None if older_than is None else datetime.now(UTC) - parse_age(older_than)
    places = reject_places(chosen.config)
    runs = places.runs(chosen.resource, chosen.run)

    from conduit.dlq.overview import overviews_of
    from conduit.engine.reject_purge import purge_rejects
    from conduit.state.replays import replayed_in

    found = overviews_of(runs, None, replayed_in(places.state_dir))
    meant = [one for one in found if (oldest is None or one.at < oldest) and not (only_replayed and one.left)]
    rows, left = sum(one.rows for one in meant), sum(one.left for one in meant)
    if meant and not yes:
        told = f"{format.counted(rows, 'reject')} of {format.counted(len(meant), 'run')}"
        lost = f", {format.count(left)} of them never replayed" if left else ", all of them replayed"
        if not sys.stdin.isatty():
            raise UsageError(f"This would remove {told}{lost}.", remedy="Nobody can be asked here: add --yes.")
        if not click.confirm(f"Remove {told}{lost}, for good?", err=True):
            write_lines(sys.stderr, ["Nothing was removed."])
            ctx.exit(1)
    gone = purge_rejects([one.run for one in meant], places.state_dir) if meant else []
    removed = [one for one in meant if one.run in gone]
    if as_json:
        write_lines(sys.stdout, [json.dumps([one.as_dict() for one in removed], indent=2)])
        return
    rows, size = sum(one.rows for one in removed), format.size(sum(one.size for one in removed))
    lines = [f"{format.counted(rows, 'reject')} of {format.counted(len(removed), 'run')} removed ({size})."]
    if kept := len(meant) - len(removed):
        lines.append(f"{format.counted(kept, 'run')} left: the next run of the resource settles it.")
    write_lines(sys.stdout, lines if meant else ["There is nothing to remove."])
