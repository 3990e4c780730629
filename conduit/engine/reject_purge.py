"""Removing rejects for good, while nothing that could still need them is under way."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from conduit.dlq.catalog import RejectRun
from conduit.dlq.layout import has_staged, sync_folder
from conduit.errors import DestinationError
from conduit.state.database import Database
from conduit.state.lease import acquire, release


def purge_rejects(runs: Sequence[RejectRun], state_dir: Path) -> list[RejectRun]:
    """Remove the rejects of these runs, and tell of which they are gone.

    Runs that are not settled yet are left: they may have rejects that are to become visible. Raises Locked while one
    of the resources is being run, DestinationError when a folder cannot be removed.
    """
    with ExitStack() as closing:
        if (state_dir / "state.db").exists():
            database = Database(state_dir / "state.db")
            closing.callback(database.close)
            for resource in sorted({run.resource for run in runs}):
                lease = acquire(database, resource, f"purge-{uuid.uuid4().hex[:8]}")
                closing.callback(release, database, lease)
        settled = [run for run in runs if not has_staged(run.folder)]
        for run in settled:
            _remove(run.folder)
    return settled


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
        sync_folder(folder.parent)
    except OSError as failed:
        raise DestinationError(
            f"The rejects cannot be removed: {failed.strerror or failed}.", place=str(folder)
        ) from failed
