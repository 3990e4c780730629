"""Projects for the tests: a configuration as text, run in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from conduit.config.load import load_project
from conduit.core.events import Event
from conduit.engine.report import RunReport
from conduit.engine.runner import run_project
from tests.cli.processes import CONDUIT

DOUBLES = {
    "sources": {"pieces": "tests.engine.doubles:Pieces"},
    "destinations": {"forgetsrows": "tests.engine.doubles:ForgetsRows"},
}
ROOT = Path(__file__).parents[2]


def plug(folder: Path) -> Path:
    """A folder that, on the path, makes the doubles known by their names, as an installed package would."""
    info = folder / "doubles-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: doubles\nVersion: 1.0\n")
    lines = []
    for group, points in DOUBLES.items():
        lines += [f"[conduit.{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return folder


def configure(folder: Path, text: str) -> Path:
    path = folder / "ingest.yml"
    path.write_text(text)
    return path


def run(
    folder: Path,
    text: str,
    *,
    select: Sequence[str] | None = None,
    jobs: int | None = None,
    dry_run: bool = False,
    events: list[Event] | None = None,
) -> RunReport:
    """Run a configuration in this process."""
    project = load_project(configure(folder, text), environment={})
    listen = [] if events is None else [events.append]
    return run_project(project, select=select, jobs=jobs, dry_run=dry_run, listen=listen)


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`conduit run --json` of the configuration in `folder`, in a process of its own, with the doubles known."""
    paths = [str(folder / "plugged"), str(ROOT)]
    return subprocess.Popen(
        [*CONDUIT, "run", "--json", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def reading(process: subprocess.Popen[str], event: str) -> str:
    """The line of the first event of that name that a process tells."""
    assert process.stdout is not None
    return next(line for line in process.stdout if f'"event": "{event}"' in line)
