"""The contract of everything that can be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from conduit.core.message import Message
from conduit.core.options import Options
from conduit.core.position import Position
from conduit.core.probe import Probe
from conduit.core.request import Partition, ReadRequest, Scan
from conduit.core.sample import Sample, sample_partitions
from conduit.core.spec import SourceSpec

O = TypeVar("O", bound=Options)  # noqa: E741


class Source(ABC, Generic[O]):
    """Reads one thing as Arrow batches. Construction is pure; the first I/O happens in `probe`, `scan` or `read`.

    A source is used by several threads at once: `read` keeps its state in the generator. It must pickle.
    """

    spec: ClassVar[SourceSpec]
    options_model: ClassVar[type[Options]]

    def __init__(self, options: O) -> None:
        self.options = options

    def probe(self) -> Iterator[Probe]:
        """Findings of a preflight, cheapest first; raises nothing."""
        return iter(())

    @abstractmethod
    def scan(self, request: ReadRequest) -> Scan:
        """Schema, partitions and what was absorbed of `request`; cheap, and repeatable with the same answer.

        Raises SourceError when the source is absent, corrupt or forbidden.
        """

    @abstractmethod
    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        """The messages of one partition, in a stable order, from `resume` (None: the beginning).

        `request` is what `scan` was given, less a limit that it did not absorb. Closing the iterator releases
        everything that reading holds.
        """

    def close(self) -> None:
        """Release what `scan` keeps open for reads, a snapshot say. Idempotent; another `scan` may follow."""
        return

    def sample(self, scan: Scan, request: ReadRequest, rows: int) -> Iterator[Sample]:
        """Up to `rows` rows from the head, the middle and the tail of what `scan` answered to `request`.

        It costs about the same whatever the size of the source. Text files give text as it is written, without a
        guess at its type; everything else gives its rows as `read` does. Nothing is used up by it.
        """
        return sample_partitions(self, scan, request, rows)
