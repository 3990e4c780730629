"""`conduit validate`: everything that is wrong with a configuration and what it speaks of."""

from __future__ import annotations

import click

from conduit.cli.debugging import debug_option, debugging
from conduit.cli.resource_names import file_option, load_named, resources_argument

_WRONG = 2


@click.command("validate")
@resources_argument
@file_option
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@debug_option
@click.pass_context
def command(ctx: click.Context, resources: tuple[str, ...], config: str | None, as_json: bool) -> None:
    """Say everything that is wrong with RESOURCE (default: all), at once, and exit with 2 if something is.

    The configuration; whether sources and destinations can be reached and looked at; whether the data fits what is
    there; whether the checks fit the data. Nothing is loaded or changed.
    """
    import os
    import sys

    from conduit.cli.failure import write_traceback
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    project = load_named(config, resources)

    from conduit.plan.plan import plan_project

    plan = plan_project(project, select=resources or None)
    for problem in plan.all_problems:
        if debugging(ctx) and problem.cause is not None:
            write_traceback(problem.cause)
    if as_json:
        import json

        from conduit.cli.validity_page import validity

        write_lines(sys.stdout, [json.dumps(validity(plan), indent=2, ensure_ascii=False)])
    else:
        from conduit.cli.validity_page import validity_lines

        write_lines(sys.stdout, validity_lines(plan, look_at(sys.stdout, os.environ)))
    ctx.exit(_WRONG if plan.all_problems else 0)
