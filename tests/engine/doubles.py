"""Connectors that lie, wait, or take their time, reached through entry points like any third party's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pyarrow as pa

from conduit.connectors._lib.file_session import FileSession
from conduit.connectors.parquet import ParquetDestination
from conduit.sdk import (
    Mark,
    Message,
    Options,
    Partition,
    Position,
    ReadRequest,
    Rows,
    Scan,
    Source,
    SourceSpec,
    Staged,
    WriteJob,
    WriteSession,
    option,
)

SCHEMA = pa.schema([("id", pa.int64())])


class ForgetsRows(ParquetDestination):
    """Says that it staged fewer rows than it was given."""

    def begin(self, job: WriteJob) -> WriteSession:
        return _Forgetful(self, job)


class _Forgetful(FileSession):
    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        for piece in super().stage(part, batches):
            yield replace(piece, rows=piece.rows - 1)


class PiecesOptions(Options):
    pieces: int = option(3, description="How many partitions there are.", example=3)
    batches: int = option(2, description="How many batches of ten rows a partition has.", example=2)
    bytes_each: int | None = option(None, description="What a partition says about its size.", example=1 << 20)
    gate: str | None = option(None, description="A FIFO: after the very first batch, reading waits for it.")
    fail_in: int | None = option(None, description="The partition that cannot be read.", example=1)


class Pieces(Source[PiecesOptions]):
    """Numbered rows in partitions; absorbs nothing."""

    spec = SourceSpec("pieces", "Numbered rows.")
    options_model: ClassVar[type[Options]] = PiecesOptions

    def scan(self, request: ReadRequest) -> Scan:
        ids = (Partition(f"p{n}", n, bytes_estimate=self.options.bytes_each) for n in range(self.options.pieces))
        return Scan(SCHEMA, tuple(ids), fingerprint="always")

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        assert isinstance(partition.spec, int)
        for number in range(self.options.batches):
            first = (partition.spec * self.options.batches + number) * 10
            if partition.spec == self.options.fail_in:
                raise OSError(5, "The double's disk is broken")
            yield Rows(pa.record_batch([pa.array(range(first, first + 10), pa.int64())], schema=SCHEMA))
            yield Mark(Position(first + 10))
            if self.options.gate and partition.spec == number == 0:
                with open(self.options.gate) as gate:
                    gate.read()
