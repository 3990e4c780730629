"""What a folder of rejects holds: which runs left some, of which resources, and which of them are meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from conduit.dlq.layout import published_files
from conduit.errors import UnknownName, UsageError

LAST = "last"


@dataclass(frozen=True, slots=True)
class RejectRun:
    """The rejects that one run left of one resource, in the files of one folder."""

    resource: str
    run_id: str
    folder: Path
    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.files)


def find_runs(roots: Iterable[Path], resource: str | None = None, run: str | None = None) -> list[RejectRun]:
    """The rejects below some folders, the latest run first.

    `run` is a run's id, the beginning of one, or `last`. Raises UnknownName when no run is meant by it, UsageError
    when several are.
    """
    found = [
        RejectRun(unquote(of_resource.name), of_run.name, of_run, tuple(files))
        for root in dict.fromkeys(roots)
        for of_resource in _folders(root)
        if resource in (None, unquote(of_resource.name))
        for of_run in _folders(of_resource)
        if (files := published_files(of_run))
    ]
    found.sort(key=_when, reverse=True)
    if run is None:
        return found
    chosen = _run_meant(run, [one.run_id for one in found])
    return [one for one in found if one.run_id == chosen]


def file_id(path: Path) -> str:
    """What a file of rejects goes by: the token of its epoch and its number in it."""
    return path.stem


def _when(run: RejectRun) -> tuple[str, int, str]:
    """When a run began, to the second by its id; of those that began together, when it wrote its rejects."""
    return run.run_id.partition("-")[0], max(file.stat().st_mtime_ns for file in run.files), run.resource


def _run_meant(run: str, known: list[str]) -> str:
    if run == LAST and known:
        return known[0]
    meant = sorted({run_id for run_id in known if run_id.startswith(run)})
    if run in meant or len(meant) == 1:
        return run if run in meant else meant[0]
    if meant:
        raise UsageError(
            f"Several runs with rejects begin with {run!r}.", remedy=f"They are: {', '.join(meant)}. Give more of it."
        )
    raise UnknownName.among("run with rejects", run, set(known))


def _folders(path: Path) -> list[Path]:
    return sorted(entry for entry in path.iterdir() if entry.is_dir()) if path.is_dir() else []
