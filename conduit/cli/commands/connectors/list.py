"""`conduit connectors list`: every connector that is installed."""

from __future__ import annotations

import click

from conduit.cli.debugging import debug_option


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@debug_option
def command(as_json: bool) -> None:
    """List every connector: what it reads, what it writes."""
    import os
    import sys

    from conduit.cli.connector_pages import list_lines
    from conduit.cli.connectors import all_connectors
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    connectors = all_connectors()
    if as_json:
        import json

        write_lines(sys.stdout, [json.dumps([connector.as_dict() for connector in connectors], indent=2)])
    else:
        write_lines(sys.stdout, list_lines(connectors, look_at(sys.stdout, os.environ)))
