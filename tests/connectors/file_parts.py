"""The files that a reader of a file destination sees: all but the hidden ones, as any shell or engine would glob."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conduit.sdk import Destination

CRASH_POINTS = ("stage.finished", "commit.recorded", "commit.renamed")


def visible_parts(destination: Destination[Any]) -> list[Path]:
    """The parts of a directory, or a single file and what was appended beside it."""
    path = Path(destination.options.path)
    if path.is_dir():
        inside = (part.relative_to(path) for part in path.rglob("*") if part.is_file())
        found = [path / part for part in inside if not any(piece.startswith(".") for piece in part.parts)]
    else:
        stem, _, ending = path.name.partition(".")
        found = [part for part in path.parent.glob(f"{stem}*.{ending}") if part.is_file()]
    return sorted(found)
