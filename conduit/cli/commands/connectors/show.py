"""`conduit connectors show`: the options and the claims of one connector."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from conduit.cli.debugging import debug_option


def _complete_name(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        from conduit.registry import destination_names, source_names

        names = sorted({*source_names(), *destination_names()})
    except Exception:  # a completion that fails writes into the line that is being typed
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("show")
@click.argument("name", shell_complete=_complete_name)
@click.option("--json", "as_json", is_flag=True, help="Print the description as JSON.")
@debug_option
def command(name: str, as_json: bool) -> None:
    """Show the options of connector NAME and what it can do, as a source and as a destination."""
    import os
    import sys

    from conduit.cli.connector_pages import page_lines
    from conduit.cli.connectors import describe_connector
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    connector = describe_connector(name)
    if as_json:
        import json

        write_lines(sys.stdout, [json.dumps(connector.as_dict(), indent=2)])
    else:
        write_lines(sys.stdout, page_lines(connector, look_at(sys.stdout, os.environ)))
