"""`conduit schema`: the schema that a run gives a resource, and what a sample says to it."""

from __future__ import annotations

from pathlib import Path

import click

from conduit.cli.debugging import debug_option
from conduit.cli.resource_names import complete_resource, file_option, load_named


@click.command("schema")
@click.argument("resource", shell_complete=complete_resource)
@file_option
@click.option(
    "--sample-size", type=click.IntRange(min=1), default=30_000, show_default=True, metavar="N",
    help="How many rows to look at: a third each of the head, the middle and the tail.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write to this file and not to stdout.")
@click.option(
    "--format", "form", type=click.Choice(["json", "yaml", "arrow", "sql"]),
    help="JSON with all the evidence; types to paste into the configuration as YAML; an Arrow schema (needs --output); "
    "CREATE TABLE for the destination. By default what the ending of --output says, else a table to read.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@debug_option
def command(
    resource: str, config: str | None, sample_size: int, output: str | None, form: str | None, as_json: bool
) -> None:
    """Show the type that a run gives each column of RESOURCE, and the evidence for it.

    Rows are sampled from the head, the middle and the tail of the source; nothing is loaded. Where the sample speaks
    for another type than a run would take, the line to paste into the configuration is shown.
    """
    import os
    import sys

    from conduit.cli.schema_formats import FORMATS, form_of, written
    from conduit.cli.streams import write_lines

    chosen = "json" if as_json else form or (form_of(output) if output else None)
    target = _writable(output, chosen)
    declared = load_named(config, (resource,)).resource(resource)

    from conduit.engine.sampling import infer_resource

    inference = infer_resource(declared, sample_size)
    if chosen is None:
        from conduit.cli.schema_pages import page_lines
        from conduit.cli.terminal import look_at

        write_lines(sys.stdout, page_lines(inference, declared, look_at(sys.stdout, os.environ)))
        return
    content = FORMATS[chosen](inference, declared)
    if target is None:
        write_lines(sys.stdout, content.decode().splitlines())
        return
    written(target, content)
    write_lines(sys.stderr, [f"{len(inference.columns)} columns of {declared.name} → {output}"])


def _writable(output: str | None, form: str | None) -> Path | None:
    """The file to write. Raises UsageError before any work is done when it cannot be what the user wants."""
    from conduit.errors import UsageError

    if output is None:
        if form == "arrow":
            raise UsageError("An Arrow schema is no text.", remedy="Name a file for it: --output schema.arrow")
        return None
    target = Path(output)
    if form is None:
        raise UsageError(
            f"Nothing says what format {output!r} is to have.", remedy="Give --format json, yaml, arrow or sql."
        )
    if target.is_dir():
        raise UsageError(f"{output!r} is a folder.", remedy="Name a file in it.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {str(target.parent)!r}.", remedy="Make it, or name another one.")
    return target
