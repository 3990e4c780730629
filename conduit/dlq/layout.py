"""Where rejects lie: `<root>/<resource>/<run>/<token>-0001.parquet`, hidden while their epoch is not committed."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

_STAGED = ".staged-"


def resource_folder(root: Path, resource: str) -> Path:
    """The folder of a resource's rejects; any name makes one, and none leads out of `root`."""
    return root / quote(resource, safe=" ").replace(".", "%2E" if not resource.strip(".") else ".")


def staged_name(token: str, number: int) -> str:
    """The hidden name of the `number`-th file of an epoch."""
    return f"{_STAGED}{token}-{number:04}.parquet"


def published_name(staged: str) -> str:
    """The name that a staged file has once its epoch is committed."""
    return staged.removeprefix(_STAGED)


def staged_files(directory: Path, token: str) -> list[Path]:
    """The hidden files of an epoch, in order; none where the folder does not exist."""
    name = re.compile(rf"{re.escape(_STAGED + token)}-\d{{4,}}\.parquet")
    return sorted(path for path in _entries(directory) if name.fullmatch(path.name))


def published_files(directory: Path) -> list[Path]:
    """The visible files of a run, in order."""
    return sorted(path for path in _entries(directory) if path.suffix == ".parquet" and not path.name.startswith("."))


def has_staged(directory: Path) -> bool:
    """Whether an epoch with rejects in this folder is not settled yet."""
    return any(path.name.startswith(_STAGED) for path in _entries(directory))


def sync_folder(directory: Path) -> None:
    """Make names that were created, changed or removed in a folder durable."""
    number = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def prune(root: Path, resource: str, keep_runs: int | None, keep_days: int | None, now: datetime) -> tuple[Path, ...]:
    """Remove the rejects of a resource's older runs, and tell which folders are gone.

    Kept are the latest `keep_runs` runs with rejects, and of them those of the last `keep_days` days; None keeps all.
    A run whose epoch is not settled yet is never touched.
    """
    runs = []
    for run in _entries(resource_folder(root, resource)):
        files = _entries(run)
        if files and not has_staged(run):
            runs.append((max(file.stat().st_mtime for file in files), run))
    runs.sort(reverse=True)
    oldest = None if keep_days is None else (now - timedelta(days=keep_days)).timestamp()
    removed = []
    for rank, (written, run) in enumerate(runs):
        if (keep_runs is not None and rank >= keep_runs) or (oldest is not None and written < oldest):
            shutil.rmtree(run)
            removed.append(run)
    return tuple(removed)


def _entries(directory: Path) -> list[Path]:
    return list(directory.iterdir()) if directory.is_dir() else []
