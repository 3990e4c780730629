"""Start one of programs/ with the interpreter of its environment."""

from benchmarks import environments, postgres
from benchmarks.commands.job import Job, Prepare, Prepared, environ
from benchmarks.measure import Command


def script(program: str, environment: str, *arguments: str, folder_output: bool = False) -> Prepare:
    """Give a starter for ``programs/<program>.py``; ``folder_output`` when it writes a folder."""

    def prepare(job: Job) -> Prepared:
        output = job.folder / ("out.duckdb" if job.writes == "duckdb" else "out" if folder_output else "out.parquet")
        argv, variables = environments.start(environment, program)
        source = postgres.address(job.source) if job.reads == "postgres" else str(job.source)
        rejects = job.folder / "rejects.parquet" if job.rules else None
        argv += [job.work, job.schema, source, str(output), *([str(rejects)] if rejects else []), *arguments]
        return Prepared(Command(argv, {**environ(job), **variables}, job.folder), output, rejects=rejects)

    return prepare
