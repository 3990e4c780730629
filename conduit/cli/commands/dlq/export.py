"""`conduit dlq export`: rejects into a file that can be edited."""

from __future__ import annotations

from pathlib import Path

import click

from conduit.cli.chosen import Chosen, chooses_rejects
from conduit.cli.debugging import debug_option

_FORMATS = {".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}


@click.command("export")
@chooses_rejects()
@click.option("-o", "--output", required=True, type=click.Path(), metavar="FILE", help="The file to write.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "ndjson", "parquet"]),
    help="Its format; by default what its ending says.",
)
@click.option("--all", "everything", is_flag=True, help="Also those that were replayed.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@debug_option
def command(
    chosen: Chosen,
    output: str,
    form: str | None,
    everything: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write the rejects of RESOURCE that are left to a file: the rows' own columns, and `_dlq_*` beside them.

    Correct the file and send it with `conduit dlq replay RESOURCE --from FILE`. `_dlq_id` says which reject a row takes
    the place of: leave it as it is. Rows that were never parsed are empty and have their text in `_dlq_raw`.
    """
    import os
    import sys

    from conduit.cli import format
    from conduit.cli.rejects import reject_places, require_one
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at
    from conduit.errors import UsageError

    target = Path(output)
    chosen_form = form or _FORMATS.get(target.suffix.lower())
    if chosen_form is None:
        raise UsageError(
            f"Nothing says what format {output!r} is to have.", remedy="Give --format csv, json, ndjson or parquet."
        )
    if target.is_dir() or (target.exists() and not force):
        raise UsageError(
            f"There is already a {'folder' if target.is_dir() else 'file'} {output!r}.",
            remedy="Name another one" + ("." if target.is_dir() else ", or replace it with --force."),
        )
    places = reject_places(chosen.config)
    runs = places.runs(chosen.resource, chosen.run)
    name = require_one(runs, chosen.resource)

    from conduit.engine.reject_export import export_rejects
    from conduit.state.replays import replayed_in

    replayed = {} if everything else replayed_in(places.state_dir)
    done = export_rejects(runs, target, chosen_form, check=chosen.check, replayed=replayed)
    if as_json:
        import json

        told = {"resource": name, "file": output, "format": chosen_form, "rows": done.rows, "unparsed": done.unparsed}
        write_lines(sys.stdout, [json.dumps(told)])
        return
    terminal = look_at(sys.stdout, os.environ)
    lines = [f"{format.counted(done.rows, 'reject')} of {format.one_line(name)} → {output}"]
    if done.unparsed:
        lines.append(f"{format.count(done.unparsed)} could not be parsed: fill in their columns from `_dlq_raw`.")
    lines.append(f"Correct the file, then: conduit dlq replay {name} --from {output}")
    write_lines(sys.stdout, map(terminal.spell, lines))
