"""The `conduit` command: the table of its commands, and the rule that no error becomes a traceback."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from conduit import __version__
from conduit.cli.debugging import debug_option, debugging
from conduit.cli.lazy import LazyGroup
from conduit.cli.leaving import leave

EPILOG = (
    "Exit codes: 0 ok, 1 failed, 2 usage or config, 3 quality gate, 4 some resources failed, 5 planned changes, "
    "75 locked."
)


class Application(LazyGroup):
    """The outermost group: whatever a command raises ends here as a message on stderr and an exit code."""

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run as the whole process and end it; `main.main(...)` is the way for those who live on."""
        try:
            super().__call__(*args, **kwargs)
        except SystemExit as end:
            leave(end)
        raise AssertionError("click ends a program by raising SystemExit")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, SystemExit, GeneratorExit):
            raise
        except BrokenPipeError:
            from conduit.cli.streams import abandon_stdout

            # The reader (head, less) had enough; nothing has failed.
            abandon_stdout()
            ctx.exit(0)
        except BaseException as error:  # a panic of a native library is a BaseException
            from conduit.cli.failure import report_failure

            ctx.exit(report_failure(error, debug=debugging(ctx)))


@click.command(
    cls=Application,
    package="conduit.cli.commands",
    table={
        "run": "Run the resources of a configuration and account for every row.",
        "validate": "Say everything that is wrong with a configuration, before it runs.",
        "plan": "Show what a run would do: structure, losses, replaced data, problems.",
        "dlq": "Look at rejected rows, correct and replay them, remove them.",
        "schema": "Show the schema of a resource, and the evidence for it.",
        "schema-compare": "Show what became of a schema since the last load, or beside a file.",
        "connectors": "List the connectors, and show the options of one.",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="conduit", message="%(prog)s %(version)s")
@debug_option
def main() -> None:
    """Move data between files and databases, and prove that every row arrived."""
