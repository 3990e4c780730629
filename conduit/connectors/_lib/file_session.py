"""A file load: parts are staged under hidden names, fsynced, and become visible by a rename (ADR 2)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from conduit.connectors._lib.commit_record import CommitRecord, folders_of, read_record
from conduit.connectors._lib.exchange import exchange
from conduit.connectors._lib.file_parts import PartWriter
from conduit.connectors._lib.job_claims import require_claimed
from conduit.connectors._lib.table_changes import changes_left
from conduit.core.fault import failpoint
from conduit.errors import FatalError
from conduit.sdk import (
    CommitRejected,
    CommitUnknown,
    DestinationError,
    Json,
    Receipt,
    SchemaError,
    Staged,
    WriteJob,
    WriteMode,
    WriteSession,
)

if TYPE_CHECKING:
    from conduit.connectors._lib.file_destination import FileDestination


class FileSession(WriteSession):
    """One epoch's files.

    A local directory that is refreshed is built beside the old one and exchanged with it. Everything else is staged
    in the control folder; the commit record is the point of no return, and the renames follow it.
    """

    def __init__(self, destination: FileDestination[Any], job: WriteJob) -> None:
        require_claimed(job, destination.spec, destination.options.path)
        self._destination = destination
        self._options = destination.options
        self._job = job
        self._layout = destination.layout()
        self._storage = destination.storage()
        refresh = job.mode is WriteMode.FULL_REFRESH
        self._exchanges = refresh and not self._layout.is_file and self._storage.is_local
        self._staging = self._layout.beside(job.token) if self._exchanges else self._layout.staging(job.token)
        self._made_folder = not self._storage.exists(self._layout.folder)
        self.one_writer = self._layout.is_file
        if refresh and not self._layout.is_file:
            self._refuse_foreign_files()
        self._require_changes_fit(SchemaError)

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
            is_telling=self._is_telling,
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
        self._require_changes_fit(CommitRejected)
        try:
            record = self._record(staged, positions)
            failpoint("commit.before")
            if self._exchanges:
                self._exchange(record, staged)
            else:
                self._publish(record, staged)
            failpoint("commit.after")
        except OSError as failed:
            if self._decided():
                raise CommitUnknown(
                    f"The load was committed and is not in place yet: {failed.strerror or failed}.",
                    place=self._layout.path,
                    remedy="The next run puts it there, and loads nothing twice.",
                ) from failed
            raise self._explained(failed, CommitRejected) from failed
        return record.receipt()

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        """Remove what was staged. A load past its point of no return is not touched: `find` finishes it."""
        if not self._decided():
            self._storage.remove(self._layout.staging(self._job.token))
            self._storage.remove(self._layout.beside(self._job.token))
            self._remove_empty_folders()

    def _is_telling(self) -> bool:
        """Whether what is staged is all that tells of the schema: nothing stands beside it, or it has other columns."""
        changes = bool(self._job.changes) and self._destination.spec.typed
        return self._job.mode is WriteMode.FULL_REFRESH or changes or not self._destination.parts()

    def _require_changes_fit(self, blame: type[FatalError]) -> None:
        """Raise `blame` where somebody has given a column that the job changes a type that does not go with it."""
        if self._job.changes and self._destination.spec.typed:
            changes_left(self._job, self._destination.describe(self._job.table), blame=blame)

    def _decided(self) -> bool:
        """Whether the load is past its point of no return."""
        return read_record(self._storage, self._layout.record(self._job.token)) is not None

    def _record(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> CommitRecord:
        token, layout = self._job.token, self._layout
        refresh = self._job.mode is WriteMode.FULL_REFRESH
        # The first append to a file that is not there yet may take the plain name, if nobody is quicker.
        first = layout.is_file and not refresh and not self._storage.exists(layout.path)
        replace = refresh or first
        moves = [
            (str(piece.detail["staged"]), layout.final(str(piece.detail["name"]), token, replace)) for piece in staged
        ]
        finals = tuple(final for _, final in moves)
        removes: tuple[str, ...] = ()
        if refresh and layout.is_file:
            removes = tuple(ref.path for ref in self._destination.appended())
        elif refresh and not self._exchanges and self._storage.exists(layout.path):
            removes = tuple(ref.path for ref in self._storage.files(layout.path) if ref.path not in finals)
        return CommitRecord(
            token=token,
            rows=sum(piece.rows for piece in staged),
            bytes=sum(piece.bytes for piece in staged),
            moves=() if self._exchanges else tuple(moves),
            removes=removes,
            spare=layout.final("", token, replace=False) if first else "",
            parts=finals,
            positions=positions,
        )

    def _publish(self, record: CommitRecord, staged: Sequence[Staged]) -> None:
        """Make the staged parts durable, then the record, and then move the parts to where it says."""
        storage, layout = self._storage, self._layout
        for folder in folders_of((str(piece.detail["staged"]) for piece in staged), self._staging):
            if storage.exists(folder):
                storage.sync_folder(folder)
        record.write(storage, layout.record(record.token))
        self._sync_the_way_down()
        failpoint("commit.recorded")
        record.carry_out(storage, layout.folder)
        failpoint("commit.carried")
        storage.remove(self._staging)

    def _sync_the_way_down(self) -> None:
        """Make durable that there is a control folder, and the folder that it is in."""
        self._storage.sync_folder(os.path.dirname(self._layout.control))
        if self._made_folder:
            self._storage.sync_folder(os.path.dirname(self._layout.folder) or ".")

    def _exchange(self, record: CommitRecord, staged: Sequence[Staged]) -> None:
        new, current = self._staging, self._layout.path
        os.makedirs(new, exist_ok=True)
        for piece in staged:
            os.rename(str(piece.detail["staged"]), f"{new}/{piece.detail['name']}")
        record.write(self._storage, f"{new}/.conduit/{record.token}.commit")
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

    def _remove_empty_folders(self) -> None:
        ours = [self._layout.control, *([self._layout.folder] if self._made_folder else [])]
        for folder in ours:
            if self._storage.is_local and os.path.isdir(folder) and not os.listdir(folder):
                os.rmdir(folder)

    @contextmanager
    def _naming_the_path(self) -> Iterator[None]:
        try:
            yield
        except OSError as failed:
            raise self._explained(failed, DestinationError) from failed

    def _explained(self, failed: OSError, kind: type[FatalError]) -> FatalError:
        full = failed.errno in (errno.ENOSPC, errno.EDQUOT)
        return kind(
            f"Writing failed: {failed.strerror or failed}.",
            place=self._layout.path,
            remedy="Free some space, or write elsewhere; the data that was there is untouched."
            if full
            else "The data that was there is untouched.",
        )
