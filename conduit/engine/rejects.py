"""The rejects of an epoch follow its data: published when it landed, dropped when it did not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conduit.engine.reject_target import RejectWrite

if TYPE_CHECKING:
    from conduit.dlq.writer import DlqWriter


class EpochRejects:
    """What was rejected under a token: hidden files in `folder`, and the `write` that takes them elsewhere, if any.

    Every step may be repeated, by any process; where an epoch had no rejects nothing happens.
    """

    def __init__(self, folder: str | Path | None, token: str, write: RejectWrite | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._token = token
        self._write = write

    def stage(self, writer: DlqWriter) -> None:
        """Make them durable, and show that they can be written where they go, before the data is committed."""
        writer.stage()
        if self._write is not None:
            self._write.stage(self._staged())

    def publish(self) -> None:
        """Make them visible: in their folder, or at their destination."""
        if self._folder is None or not self._folder.is_dir():
            return
        from conduit.dlq.writer import DlqWriter

        if self._write is None:
            DlqWriter.publish(self._folder, self._token)
        else:
            self._write.land(self._staged())
            DlqWriter.drop(self._folder, self._token)

    def drop(self) -> None:
        """Remove them: what they belong to never was."""
        if self._folder is None or not self._folder.is_dir():
            return
        from conduit.dlq.writer import DlqWriter

        if self._write is not None:
            self._write.abort(self._staged())
        DlqWriter.drop(self._folder, self._token)

    def close(self) -> None:
        """Release what staging at a destination holds; idempotent."""
        if self._write is not None:
            self._write.close()

    def _staged(self) -> list[Path]:
        from conduit.dlq.layout import staged_files

        return [] if self._folder is None else staged_files(self._folder, self._token)
