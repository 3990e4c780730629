"""Start a rival's command line for its help page alone."""

from benchmarks import environments
from benchmarks.commands.job import Job, Prepared, environ
from benchmarks.measure import Command


def help_page(job: Job, environment: str, command: str) -> Prepared:
    """Give ``<command> --help``."""
    argv = [str(environments.script(environment, command)), "--help"]
    return Prepared(Command(argv, environ(job), job.folder), None)
