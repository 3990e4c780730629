"""A file load: parts are staged under hidden names, fsynced, and become visible by a rename (ADR 2)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from conduit.connectors._lib.commit_record import CommitRecord, read_record
from conduit.connectors._lib.exchange import exchange
from conduit.connectors._lib.file_parts import PartWriter
from conduit.core.fault import failpoint
from conduit.sdk import CommitRejected, DestinationError, Json, Receipt, Staged, WriteJob, WriteMode, WriteSession

if TYPE_CHECKING:
    from conduit.connectors._lib.file_destination import FileDestination


class FileSession(WriteSession):
    """One epoch's files.

    A local directory that is refreshed is built beside the old one and exchanged with it. Everything else is staged
    in the control folder; the commit record is the point of no return, and the renames follow it.
    """

    def __init__(self, destination: FileDestination[Any], job: WriteJob) -> None:
        self._destination = destination
        self._options = destination.options
        self._job = job
        self._layout = destination.layout()
        self._storage = destination.storage()
        refresh = job.mode is WriteMode.FULL_REFRESH
        self._exchanges = refresh and not self._layout.is_file and self._storage.is_local
        self._staging = self._layout.beside(job.token) if self._exchanges else self._layout.staging(job.token)
        self.one_writer = self._layout.is_file
        if refresh and not self._layout.is_file:
            self._refuse_foreign_files()

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        self._forget(part)
        options = self._options
        writer = PartWriter(
            self._storage,
            self._staging,
            self._job.schema,
            self._destination.encoder,
            name=lambda _, n: f"part-{self._job.token}-{part}-{n:04d}{self._destination.ending()}",
            partition_by=options.partition_by,
            max_rows=None if self._layout.is_file else options.max_file_rows,
            max_bytes=None if self._layout.is_file else options.max_file_bytes,
        )
        try:
            with self._naming_the_path():
                for batch in batches:
                    writer.write(batch)
                done = writer.finish()
        finally:
            writer.close()
        for file in done:
            yield Staged(part, file.rows, file.bytes, {"staged": file.staged, "name": file.name})

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        with self._naming_the_path():
            record = self._record(staged, positions)
            failpoint("commit.before")
            if self._exchanges:
                self._exchange(record)
            else:
                self._storage.sync_folder(self._staging) if self._storage.exists(self._staging) else None
                record.write(self._storage, self._layout.record(self._job.token))
                failpoint("commit.recorded")
                record.carry_out(self._storage)
                self._storage.remove(self._staging)
            failpoint("commit.after")
        return record.receipt()

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        """Remove what was staged. A load past its point of no return is not touched: `find` finishes it."""
        if read_record(self._storage, self._layout.record(self._job.token)) is None:
            self._storage.remove(self._layout.staging(self._job.token))
            self._storage.remove(self._layout.beside(self._job.token))
            self._remove_empty_control()

    def _record(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> CommitRecord:
        token, layout = self._job.token, self._layout
        refresh = self._job.mode is WriteMode.FULL_REFRESH
        # The first append to a file that is not there yet may take the plain name.
        replace = refresh or (layout.is_file and not self._storage.exists(layout.path))
        moves = [
            (str(piece.detail["staged"]), layout.final(str(piece.detail["name"]), token, replace)) for piece in staged
        ]
        finals = tuple(final for _, final in moves)
        removes: tuple[str, ...] = ()
        if refresh and not layout.is_file and not self._exchanges and self._storage.exists(layout.path):
            removes = tuple(ref.path for ref in self._storage.files(layout.path) if ref.path not in finals)
        return CommitRecord(
            token=token,
            rows=sum(piece.rows for piece in staged),
            bytes=sum(piece.bytes for piece in staged),
            moves=() if self._exchanges else tuple(moves),
            removes=removes,
            parts=finals,
            positions=positions,
        )

    def _exchange(self, record: CommitRecord) -> None:
        new, current = self._staging, self._layout.path
        os.makedirs(new, exist_ok=True)
        record.write(self._storage, f"{new}/.conduit/{record.token}.json")
        for folder, _, _ in os.walk(new):
            self._storage.sync_folder(folder)
        failpoint("commit.recorded")
        if not os.path.exists(current):
            os.rename(new, current)
        else:
            old = exchange(new, current, self._layout.aside(record.token))
            failpoint("commit.renamed")
            self._storage.remove(old)
        self._storage.sync_folder(os.path.dirname(current) or ".")

    def _forget(self, part: str) -> None:
        """Remove what an earlier attempt at the same slice has left."""
        prefix = f"part-{self._job.token}-{part}-"
        if self._storage.is_local and os.path.isdir(self._staging):
            for folder, _, names in os.walk(self._staging):
                for name in names:
                    if name.startswith(prefix):
                        os.remove(os.path.join(folder, name))

    def _refuse_foreign_files(self) -> None:
        """A refresh removes what is in the directory, so everything in it must be of this format."""
        if not self._storage.exists(self._layout.path):
            return
        endings = self._destination.endings
        for ref in self._storage.files(self._layout.path):
            bare = ref.path.lower()
            for compressed in (".gz", ".zst", ".bz2", ".xz"):
                bare = bare.removesuffix(compressed)
            if not bare.endswith(endings):
                raise DestinationError(
                    "A full refresh would remove a file that is no part of this data set.",
                    place=ref.path,
                    remedy="Move it, or write to a directory of its own.",
                )

    def _remove_empty_control(self) -> None:
        control = self._layout.control
        if self._storage.is_local and os.path.isdir(control) and not os.listdir(control):
            os.rmdir(control)

    @contextmanager
    def _naming_the_path(self) -> Iterator[None]:
        try:
            yield
        except OSError as failed:
            full = failed.errno in (errno.ENOSPC, errno.EDQUOT)
            raise (CommitRejected if full else DestinationError)(
                f"Writing failed: {failed.strerror or failed}.",
                place=self._layout.path,
                remedy="Free some space, or write elsewhere; the data that was there is untouched."
                if full
                else "The data that was there is untouched.",
            ) from failed
