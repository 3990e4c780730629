"""The rejects of an epoch follow its data: published when it landed, dropped when it did not."""

from __future__ import annotations

from pathlib import Path


def publish_rejects(folder: str | Path | None, token: str) -> None:
    """Make the staged rejects of a token visible; nothing happens when it had none."""
    if folder is not None and Path(folder).is_dir():
        from conduit.dlq.writer import DlqWriter

        DlqWriter.publish(Path(folder), token)


def drop_rejects(folder: str | Path | None, token: str) -> None:
    """Remove the staged rejects of a token; nothing happens when it had none."""
    if folder is not None and Path(folder).is_dir():
        from conduit.dlq.writer import DlqWriter

        DlqWriter.drop(Path(folder), token)
