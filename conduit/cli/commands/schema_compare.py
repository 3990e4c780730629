"""`conduit schema-compare`: what became of a resource's structure, as a diff."""

from __future__ import annotations

import click

from conduit.cli.debugging import debug_option, debugging
from conduit.cli.resource_names import complete_resource, file_option, load_named

_DRIFTED, _TROUBLE = 1, 2


@click.command("schema-compare")
@click.argument("resource", shell_complete=complete_resource)
@file_option
@click.option(
    "--against", default="last", show_default=True, metavar="last|destination|FILE|RUN",
    help="The last load, what is at the destination, a schema or data in a file, or what a run loaded: its id or the "
    "beginning of it.",
)  # fmt: skip
@click.option("--exit-code", "tells", is_flag=True, help="Exit with 1 when there is drift.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@debug_option
@click.pass_context
def command(
    ctx: click.Context, resource: str, config: str | None, against: str, tells: bool, form: str, as_json: bool
) -> None:
    """Show what the source of RESOURCE has now beside what it had, or what is there.

    Columns that were added (+), removed (-) and changed (~), probable renames (?), and the statements that the next
    load would run. Nothing is loaded or changed.
    """
    import os
    import sys

    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    try:
        project = load_named(config, (resource,))

        from conduit.plan.compare import compare

        found = compare(project, resource, against)
    except Exception as failed:
        if not tells:
            raise
        # As with diff, 1 says that there is a difference, and nothing else says so.
        from conduit.cli.failure import report_failure

        code = report_failure(failed, debug=debugging(ctx))
        ctx.exit(_TROUBLE if code == _DRIFTED else code)
    if as_json or form == "json":
        import json

        write_lines(sys.stdout, [json.dumps(found.as_dict(), indent=2, ensure_ascii=False)])
    else:
        from conduit.cli.drift_page import comparison_lines

        write_lines(sys.stdout, comparison_lines(found, look_at(sys.stdout, os.environ)))
    ctx.exit(_DRIFTED if tells and found.drift else 0)
