"""What a source claims, and the moves that its suite is made of: make it, read it, resume it, read it in turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pytest

from conduit.sdk import Position, ReadRequest, Source
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.compare import require_same_rows
from conduit.sdk.suites.examples import AWKWARD_NAMES, COMMON_TYPES
from conduit.sdk.suites.reading import marks_of, read_partition, rows_of, scanned

SMALL = ReadRequest(batch_bytes=4096, partitions=3)
_MARKS_TRIED = 12


class SourceRecipes:
    """What the author of a source says about it, and the moves that the tests are made of."""

    keeps: ClassVar[Literal["rows", "schema", "count"]] = "rows"
    """What a source gives back of the table it was made with: a generator keeps its schema or count only."""
    types: ClassVar[tuple[pa.DataType, ...]] = COMMON_TYPES
    """Column types that the source can hold."""
    awkward_names: ClassVar[tuple[str, ...]] = AWKWARD_NAMES
    """Column names that the source can hold."""
    filters: ClassVar[tuple[str, ...]] = (
        "id > 900", "id >= 10 AND id < 20", "name = 'name 4'", "name IS NULL", "name != 'name 4'", "score > 10.5",
        "score IS NOT NULL AND id != 12", "id % 2 = 0 OR name LIKE 'name 1%'", "id < 0",
    )  # fmt: skip
    """Conditions on the columns id (int64), name (string) and score (float64) of the sample."""
    batch_slack: ClassVar[float] = 4.0
    """How many times `batch_bytes` a batch may have."""
    memory_limit: ClassVar[int] = 32 << 20
    """How many bytes reading 64 MiB of rows may hold at any moment."""

    def make_source(self, tmp_path: Path, table: pa.Table) -> Source[Any]:
        """A source with the rows of `table` behind it, all of whose data lies in `tmp_path`.

        A second call with the same `tmp_path` replaces the rows.
        """
        raise NotImplementedError

    def make_missing(self, tmp_path: Path) -> tuple[Source[Any], str] | None:
        """A source whose data is not there, and the name that its error must show. None when that cannot be."""
        return None

    def require_resume(self, source: Source[Any], request: ReadRequest) -> None:
        if not source.spec.resume:
            pytest.skip("the spec does not claim resume")
        scan = scanned(source, request)
        marks = 0
        for partition in scan.partitions:
            messages = read_partition(source, scan, partition)
            whole = rows_of(messages, scan)
            for place, mark in marks_of(messages, _MARKS_TRIED):
                marks += 1
                before = rows_of(messages[: place + 1], scan)
                position = Position.loads(mark.position.dumps())
                rest = rows_of(read_partition(copied(source), scan, partition, position), scan)
                resumed = pa.concat_tables([before, rest])
                assert resumed.equals(whole), (
                    f"{partition.id} resumed at {position.value!r}: {before.num_rows} rows before and "
                    f"{rest.num_rows} after are not its {whole.num_rows} in their order"
                )
        assert marks, "the spec claims resume, and reading gives no Mark"

    def require_interleaved(self, source: Source[Any], expected: pa.Table) -> None:
        scan = scanned(source, SMALL)
        readers = [source.read(part, scan.absorbed, None) for part in scan.partitions for _ in range(2)]
        messages: list[Any] = []
        while readers:
            for reader in list(readers):
                message = next(reader, None)
                if message is None:
                    readers.remove(reader)
                else:
                    messages.append(message)
        twice = pa.concat_tables([expected, expected])
        require_same_rows(rows_of(messages, scan), twice, "readers that take turns")


def directory(tmp_path: Path, name: str = "data") -> Path:
    """A new folder in `tmp_path`."""
    place = tmp_path / name
    place.mkdir()
    return place
