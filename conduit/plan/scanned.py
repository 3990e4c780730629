"""A source that was scanned already: asked again, it says the same and looks at nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conduit.core.message import Message
from conduit.core.position import Position
from conduit.core.request import Partition, ReadRequest, Scan
from conduit.core.source import Source


class Scanned(Source[Any]):
    """A source around another one, which gives the scan that it has."""

    def __init__(self, inner: Source[Any], scan: Scan) -> None:
        super().__init__(inner.options)
        self._inner = inner
        self._scan = scan

    def scan(self, request: ReadRequest) -> Scan:
        return self._scan

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        return self._inner.read(partition, request, resume)
