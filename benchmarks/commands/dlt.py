"""Start dlt: a script, as its users do, or its command line for the help page."""

from benchmarks.commands.help import help_page
from benchmarks.commands.job import Job, Prepared
from benchmarks.commands.script import script


def dlt_arrow(job: Job) -> Prepared:
    """Give the fastest path: pyarrow batches through the pipeline."""
    if job.work == "help":
        return help_page(job, "dlt", "dlt")
    return script("dlt_load", "dlt", "arrow", folder_output=True)(job)


def dlt_default(job: Job) -> Prepared:
    """Give the default path: dlt's own readers, which hand over records."""
    return script("dlt_load", "dlt", "default", folder_output=True)(job)
