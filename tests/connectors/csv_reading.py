"""What the CSV tests share: reading bytes with the source and getting rows and rejects as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conduit.connectors.csv import CsvSource, CsvSourceOptions
from conduit.sdk import Malformed, Mark, Position, ReadRequest, Rows


@dataclass
class Outcome:
    types: dict[str, str]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    marks: list[Position] = field(default_factory=list)

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(reject["line"], reject["code"]) for reject in self.rejects]


def read_csv(folder: Path, content: bytes, *, name: str = "x.csv", chunk: int = 8 << 20, **options: Any) -> Outcome:
    """Write the bytes to a file and read them back through the source, in chunks of about `chunk` bytes."""
    path = folder / name
    path.write_bytes(content)
    source = CsvSource(CsvSourceOptions(path=str(path), **options))
    request = ReadRequest(batch_bytes=chunk)
    scan = source.scan(request)
    outcome = Outcome({f.name: str(f.type) for f in scan.schema})
    for partition in scan.partitions:
        for message in source.read(partition, request, None):
            match message:
                case Rows(data):
                    outcome.rows += [tuple(row.values()) for row in data.to_pylist()]
                case Malformed(data):
                    outcome.rejects += data.to_pylist()
                case Mark(position):
                    outcome.marks.append(position)
                case _:
                    raise AssertionError(message)
    return outcome
