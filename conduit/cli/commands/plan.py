"""`conduit plan`: what a run would do, before it does it."""

from __future__ import annotations

import click

from conduit.cli.debugging import debug_option, debugging
from conduit.cli.resource_names import file_option, load_named, resources_argument


@click.command("plan")
@resources_argument
@file_option
@click.option("--offline", is_flag=True, help="Look at neither sources nor destinations: go by the last load.")
@click.option(
    "--exit-code", "tells", is_flag=True, help="Exit with 5 when a structure would change or data be thrown away."
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@debug_option
@click.pass_context
def command(
    ctx: click.Context, resources: tuple[str, ...], config: str | None, offline: bool, tells: bool, as_json: bool
) -> None:
    """Show what a run of RESOURCE (default: all) would do, and do none of it.

    What would be read, the structure that would be written and the statements that change what is there, casts that
    may lose a value, data that is thrown away, what is guaranteed, and everything that is wrong. Nothing is written:
    no data, no state.
    """
    import os
    import sys

    from conduit.cli.failure import write_traceback
    from conduit.cli.streams import write_lines
    from conduit.cli.terminal import look_at

    project = load_named(config, resources)

    from conduit.plan.plan import CHANGES_EXIT_CODE, plan_project

    plan = plan_project(project, select=resources or None, offline=offline)
    for problem in plan.all_problems:
        if debugging(ctx) and problem.cause is not None:
            write_traceback(problem.cause)
    if as_json:
        import json

        write_lines(sys.stdout, [json.dumps(plan.as_dict(), indent=2, ensure_ascii=False)])
    else:
        from conduit.cli.plan_page import plan_lines

        write_lines(sys.stdout, plan_lines(plan, look_at(sys.stdout, os.environ), os.getcwd()))
    ctx.exit(plan.exit_code or (CHANGES_EXIT_CODE if tells and plan.changes else 0))
