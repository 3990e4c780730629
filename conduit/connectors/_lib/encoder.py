"""How one format is written: an encoder turns batches of one schema into the bytes of one file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import IO

import pyarrow as pa

from conduit.connectors._lib.file_streams import open_encoded


class Encoder(ABC):
    """Writes one open binary file. The file stays open after `close`, which writes what must stand at the end."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self.file = file
        self.schema = schema

    @abstractmethod
    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch, encoded; it may be buffered inside the encoder."""

    @abstractmethod
    def close(self) -> None:
        """Write the end of the file. Called once, after the last batch; a file may have had none."""


class CompressedEncoder(Encoder):
    """Another encoder, writing through a compressor (`kind` None: none)."""

    def __init__(
        self, file: IO[bytes], schema: pa.Schema, kind: str | None, inner: Callable[[IO[bytes]], Encoder]
    ) -> None:
        super().__init__(file, schema)
        self._compressed = open_encoded(file, kind) if kind else None
        self._inner = inner(self._compressed or file)

    def write(self, batch: pa.RecordBatch) -> None:
        self._inner.write(batch)

    def close(self) -> None:
        self._inner.close()
        if self._compressed is not None:
            self._compressed.close()
