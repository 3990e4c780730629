"""A piece of work, as every way of starting a rival receives it, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Command
from benchmarks.programs.columns import SCHEMAS


@dataclass(frozen=True, slots=True)
class Job:
    """One work ("csv-parquet", "ndjson-parquet", "parquet-parquet", "csv-duckdb", "csv-schema" or "help") on one input.

    ``folder`` is empty, belongs to this run alone and is the process's HOME and working folder. ``rules`` names what
    the rows have to be like; those that are not are to be kept aside, with the reasons.
    """

    work: str
    schema: str
    source: Path
    folder: Path
    rules: str = ""

    @property
    def reads(self) -> str:
        """The input's format."""
        return self.work.split("-")[0]

    @property
    def writes(self) -> str:
        """The output's format."""
        return self.work.split("-")[-1]

    @property
    def columns(self) -> dict[str, str]:
        """The declared columns, by name and type."""
        return SCHEMAS[self.schema]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command that is ready to start, and where its output and its rejects will be (None when it has none).

    A caveat says what is not the same work as the others do.
    """

    command: Command
    output: Path | None
    caveat: str | None = None
    rejects: Path | None = None


Prepare = Callable[[Job], Prepared]


def environ(job: Job) -> dict[str, str]:
    """Give the variables that every rival gets: an empty HOME, no telemetry, no colours."""
    return {
        "HOME": str(job.folder),
        # Root's dlt keeps state under /var, not below HOME: one run would see the schema of another.
        "DLT_DATA_DIR": str(job.folder / "dlt"),
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "INGESTR_DISABLE_TELEMETRY": "true",
        "DISABLE_TELEMETRY": "true",
    }
