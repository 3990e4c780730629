"""What the JSON tests share: reading bytes with the source and getting rows and rejects as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conduit.connectors.json import JsonSource, JsonSourceOptions
from conduit.sdk import Malformed, Mark, Position, ReadRequest, Rows


@dataclass
class Outcome:
    types: dict[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    marks: list[Position] = field(default_factory=list)

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(reject["line"], reject["code"]) for reject in self.rejects]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


def read_json(
    folder: Path,
    content: bytes,
    *,
    name: str = "x.json",
    chunk: int = 8 << 20,
    resume: Position | None = None,
    **options: Any,
) -> Outcome:
    """Write the bytes to a file and read them back through the source, in chunks of about `chunk` bytes."""
    path = folder / name
    path.write_bytes(content)
    source = JsonSource(JsonSourceOptions(path=str(path), **options))
    request = ReadRequest(batch_bytes=chunk)
    scan = source.scan(request)
    outcome = Outcome({f.name: str(f.type) for f in scan.schema})
    for partition in scan.partitions:
        for message in source.read(partition, request, resume):
            match message:
                case Rows(data):
                    data.validate(full=True)
                    assert data.schema == scan.schema
                    outcome.rows += data.to_pylist()
                case Malformed(data):
                    outcome.rejects += data.to_pylist()
                case Mark(position):
                    outcome.marks.append(Position.loads(position.dumps()))
                case _:
                    raise AssertionError(message)
    return outcome
