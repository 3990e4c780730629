"""The rejects of one epoch: written as they come, under hidden names, and published or dropped with the epoch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from conduit.core.fault import failpoint
from conduit.dlq.layout import published_name, staged_files, staged_name, sync_folder
from conduit.dlq.table import SHAPED, malformed_table, rejected_table, rejects_schema
from conduit.errors import DestinationError

_GROUP_BYTES = 4 << 20  # of rejects are gathered in memory before they are written as one row group


def _now() -> datetime:
    return datetime.now(UTC)


class DlqWriter:
    """Rejects of one epoch. Nothing is created before the first one; several threads may add at the same time.

    `row_schema` is what most rejected rows have; rows of another schema go to files of their own. A file that has
    reached `max_file_bytes` is followed by another. Raises DestinationError, naming the path, when writing fails.
    """

    def __init__(
        self,
        directory: Path,
        *,
        resource: str,
        run_id: str,
        token: str,
        row_schema: pa.Schema,
        max_file_bytes: int,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._directory = directory
        self._token = token
        self._same = {"resource": pa.scalar(resource), "run_id": pa.scalar(run_id), "token": pa.scalar(token)}
        self._row_schema = row_schema
        self._max_file_bytes = max_file_bytes
        self._now = now
        self._lock = Lock()
        self._waiting: dict[pa.Schema, list[pa.RecordBatch]] = {}
        self._waiting_bytes: dict[pa.Schema, int] = {}  # counted on arrival: a batch takes long to say its size
        self._free: list[_File] = []
        self._files: list[_File] = []
        self._rows = 0
        self._reasons: dict[str, tuple[int, str]] = {}

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return self._rows

    @property
    def reasons(self) -> list[tuple[str, int, str]]:
        """(code, rows, first message) of each reason, the commonest first."""
        with self._lock:
            found = [(code, count, first) for code, (count, first) in self._reasons.items()]
        return sorted(found, key=lambda reason: -reason[1])

    def add_rejected(
        self, rows: pa.RecordBatch, reasons: pa.RecordBatch, *, partition: str, places: pa.RecordBatch | None = None
    ) -> None:
        """Keep rows as they arrived; `reasons` has REASONS_SCHEMA and a row for each.

        `places`, where they are known, has the columns file, line and position.
        """
        self._add(rejected_table(rows, reasons, places, self._context(partition)))

    def add_malformed(self, malformed: pa.RecordBatch, *, partition: str) -> None:
        """Keep rows that could not be parsed; `malformed` has MALFORMED_SCHEMA."""
        self._add(malformed_table(malformed, self._row_schema, self._context(partition)))

    def stage(self) -> tuple[str, ...]:
        """Make all rejects durable and end writing; the paths of the hidden files, none when there were no rejects."""
        for schema, batches in self._waiting.items():
            if batches:
                self._write(schema, batches)
        self._waiting.clear()
        self._waiting_bytes.clear()
        for file in self._files:
            file.finish()
        if self._files:
            with _failures_named(self._directory):
                for folder in (self._directory, *list(self._directory.parents)[:2]):
                    sync_folder(folder)
        failpoint("dlq.staged")
        return tuple(str(file.path) for file in self._files)

    @staticmethod
    def publish(directory: Path, token: str) -> None:
        """Make the staged rejects of an epoch visible. May be repeated, by any process."""
        staged = staged_files(directory, token)
        with _failures_named(directory):
            for path in staged:
                path.rename(path.with_name(published_name(path.name)))
            if directory.is_dir():
                sync_folder(directory)
        failpoint("dlq.published")

    @staticmethod
    def drop(directory: Path, token: str) -> None:
        """Remove the staged rejects of an epoch that did not land. May be repeated, by any process."""
        with _failures_named(directory):
            for path in staged_files(directory, token):
                path.unlink(missing_ok=True)
            if directory.is_dir():
                sync_folder(directory)
                if not any(directory.iterdir()):
                    directory.rmdir()

    def _context(self, partition: str) -> dict[str, pa.Scalar]:
        return {
            **self._same,
            "partition": pa.scalar(partition),
            "at": pa.scalar(self._now(), pa.timestamp("us", "UTC")),
        }

    def _add(self, rejects: pa.RecordBatch) -> None:
        if not rejects.num_rows:
            return
        counts = rejects.column("code").value_counts().to_pylist()
        firsts = {one["values"]: pc.index(rejects.column("code"), one["values"]).as_py() for one in counts}
        with self._lock:
            self._rows += rejects.num_rows
            for one in counts:
                first_message = rejects.column("message")[firsts[one["values"]]].as_py()
                count, first = self._reasons.get(one["values"], (0, first_message))
                self._reasons[one["values"]] = (count + one["counts"], first)
            waiting = self._waiting.setdefault(rejects.schema, [])
            waiting.append(rejects)
            gathered = self._waiting_bytes.get(rejects.schema, 0) + rejects.nbytes
            self._waiting_bytes[rejects.schema] = gathered
            if gathered < _GROUP_BYTES:
                return
            del self._waiting[rejects.schema], self._waiting_bytes[rejects.schema]
        self._write(rejects.schema, waiting)

    def _write(self, schema: pa.Schema, batches: list[pa.RecordBatch]) -> None:
        """Write outside of the lock: encoding is the work, and each thread that is at it has a file of its own."""
        with self._lock:
            file = next((free for free in self._free if free.schema == schema), None)
            if file is None:
                path = self._directory / staged_name(self._token, len(self._files) + 1)
                file = _File(path, schema, self._row_schema)
                self._files.append(file)
            else:
                self._free.remove(file)
        file.write(pa.Table.from_batches(batches, schema))
        if file.size < self._max_file_bytes:
            with self._lock:
                self._free.append(file)
        else:
            file.finish()


class _File:
    """One Parquet file of rejects, readable by its owner only."""

    def __init__(self, path: Path, schema: pa.Schema, shaped: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self._shaped = shaped
        self.size = 0
        self._sink: IO[bytes] | None = None
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        with _failures_named(self.path):
            if self._writer is None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
                self._sink = os.fdopen(number, "wb")
                # What is the same in all rows packs to nothing as a dictionary; the rows' own columns seldom do.
                same = [field.name for field in rejects_schema(pa.schema([])) if field.name not in ("raw", "at")]
                # Rows that a cast rejected are kept as they were; a replay brings them to what the others have.
                noted = self.schema.with_metadata({SHAPED: self._shaped.serialize().to_pybytes()})
                self._writer = pq.ParquetWriter(
                    self._sink, noted, compression="zstd", compression_level=1, use_dictionary=same
                )
            self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
            assert self._sink is not None
            self.size = self._sink.tell()

    def finish(self) -> None:
        """Close the file and make it durable; idempotent."""
        if self._writer is None or self._sink is None or self._sink.closed:
            return
        with _failures_named(self.path):
            self._writer.close()
            self._sink.flush()
            os.fsync(self._sink.fileno())
            self._sink.close()


@contextmanager
def _failures_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as failed:
        raise DestinationError(
            f"The rejects could not be written: {getattr(failed, 'strerror', None) or failed}.",
            place=str(path),
            remedy="Nothing was loaded, as rejected rows would be lost. Free space there, or set `dlq: {path: ...}`.",
        ) from failed
