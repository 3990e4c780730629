"""The moves that the destination suite is made of: load, crash, load again, compare with what a reader sees."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from conduit.sdk import Commit, Destination, Json, ReadRequest, Receipt, WriteJob, WriteMode
from conduit.sdk.suites.child import exit_code_of_load
from conduit.sdk.suites.compare import as_schema, require_same_rows
from conduit.sdk.suites.examples import AWKWARD_NAMES, COMMON_TYPES, sample
from conduit.sdk.suites.reading import read_all, residual

POSITIONS: dict[str, Json] = {"part-0": [12, "a"], "part-1": None}
_KILLED = -9


class DestinationRecipes:
    """What the author of a destination says about it, and the moves that the tests are made of."""

    reads_back: ClassVar[bool] = True
    """False for a destination that keeps no rows: what can only be seen in them is skipped."""
    holds_tables: ClassVar[bool] = True
    """False where the options name the one table that there is, a file say, and `WriteJob.table` is only a label."""
    one_writer: ClassVar[bool] = False
    """True where all rows of an epoch are one part, in a single file, say; then only part "0" is ever staged."""
    types: ClassVar[tuple[pa.DataType, ...]] = COMMON_TYPES
    """Column types that come back as they went in."""
    awkward_names: ClassVar[tuple[str, ...]] = AWKWARD_NAMES
    """Column and table names that the destination can hold."""
    crash_points: ClassVar[tuple[str, ...]] = ()
    """The destination's own failpoints between the start of `stage` and the end of `commit`."""
    memory_limit: ClassVar[int] = 32 << 20
    """How many bytes writing 64 MiB of rows may hold at any moment."""

    def make_destination(self, tmp_path: Path) -> Destination[Any]:
        """A destination all of whose data lies in `tmp_path`; calling again gives another object of the same place."""
        raise NotImplementedError

    def read_back(self, destination: Destination[Any], table: str) -> pa.Table | None:
        """What a reader sees now, read by other code than the destination's where there is any; None for nothing."""
        raise NotImplementedError

    def load(
        self,
        destination: Destination[Any],
        table: pa.Table,
        token: str,
        mode: WriteMode = WriteMode.APPEND,
        table_name: str = "orders",
    ) -> Receipt:
        session = destination.begin(job(table.schema, token, mode, table_name))
        try:
            return session.commit(list(session.stage("0", batches(table))), POSITIONS)
        finally:
            session.close()

    def again_unless_found(self, place: Path, table: pa.Table, token: str, mode: WriteMode) -> Receipt:
        destination = self.make_destination(place)
        found = destination.find("orders", token)
        return self.load(destination, table, token, mode) if found is None else found

    def crash(self, place: Path, mode: WriteMode, fault: str, *, landed: bool | None) -> None:
        old, new = sample(20), sample(200, first=20)
        self.load(self.make_destination(place), old, "a", mode)
        code = exit_code_of_load(self.make_destination(place), job(new.schema, "b", mode), new, POSITIONS, fault)
        assert code == _KILLED, f"{mode.value}: the load ended with {code} and was never killed at {fault}"
        after = new if mode is WriteMode.FULL_REFRESH else pa.concat_tables([old, new])
        if landed is None:
            found = self.make_destination(place).find("orders", "b")
            self.require_rows(place, old if found is None else after, f"{mode.value}: killed at {fault}, then find")
        else:
            self.require_rows(place, after if landed else old, f"{mode.value}: killed at {fault}")
            found = self.make_destination(place).find("orders", "b")
            assert (found is not None) == landed, f"{mode.value}: killed at {fault}, and find gives {found}"
        receipt = self.again_unless_found(place, new, "b", mode)
        assert receipt.rows == new.num_rows
        assert dict(receipt.positions) == POSITIONS
        self.require_rows(place, after, f"{mode.value}: killed at {fault} and loaded again")

    def require_rows(self, place: Path, expected: pa.Table, why: str) -> None:
        if not self.reads_back:
            return
        found = self.read_back(self.make_destination(place), "orders")
        if found is None:
            assert not expected.num_rows, f"{why}: there is nothing to read, expected {expected.num_rows} rows"
            return
        require_same_rows(as_schema(found, expected.schema, why), expected, why)

    def require_read(self, place: Path, expected: pa.Table, why: str) -> None:
        """AssertionError unless the destination's own reader gives these rows, all columns and one alone."""
        for columns in (None, ("id",)):
            reader = self.make_destination(place).reader("orders")
            assert reader is not None
            request = ReadRequest(columns=columns)
            scan, rows = read_all(reader, request)
            found = residual(rows, request.without(scan.absorbed))
            wanted = expected if columns is None else expected.select(list(columns))
            require_same_rows(as_schema(found, wanted.schema, why), wanted, f"reader, {why}")

    def require_reader(self, tmp_path: Path) -> None:
        if self.make_destination(tmp_path).reader("orders") is None:
            pytest.skip("this destination has no reader")

    def modes(self, tmp_path: Path) -> list[WriteMode]:
        claimed = self.make_destination(tmp_path).spec.modes
        return [mode for mode in (WriteMode.APPEND, WriteMode.FULL_REFRESH) if mode in claimed]

    def require(self, tmp_path: Path, mode: WriteMode) -> None:
        if mode not in self.make_destination(tmp_path).spec.modes:
            pytest.skip(f"the spec does not claim {mode.value}")
        self.require_reading()

    def require_many_parts(self) -> None:
        if self.one_writer:
            pytest.skip("all rows of an epoch are one part here")

    def require_reading(self) -> None:
        if not self.reads_back:
            pytest.skip("this destination keeps no rows that could be read back")

    def require_atomic(self, tmp_path: Path) -> None:
        self.require_reading()
        if self.make_destination(tmp_path).spec.commit is Commit.NONE:
            pytest.skip("the spec does not claim that a commit is atomic")

    def require_crash_safety(self, tmp_path: Path) -> None:
        self.require_atomic(tmp_path)
        if not self.make_destination(tmp_path).spec.remembers:
            pytest.skip("the spec does not claim that tokens outlive the process")


class SourceBroke(Exception):
    """What `breaking` raises: no destination can know it."""


def job(schema: pa.Schema, token: str, mode: WriteMode = WriteMode.APPEND, table: str = "orders") -> WriteJob:
    """The order to write `schema` under `token`; keyed by `id` where the mode needs a key."""
    keyed = mode not in (WriteMode.APPEND, WriteMode.FULL_REFRESH)
    return WriteJob(
        table=table, schema=schema, mode=mode, token=token, keys=("id",) if keyed else (), run_id="run", resource=table
    )


def batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """The table in four batches or so."""
    return iter(table.to_batches(max_chunksize=max(1, table.num_rows // 4)))


def encoded(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """The same batches, their text as dictionaries, each with one of its own; the last but one is plain."""
    pieces = list(batches(table))
    for number, piece in enumerate(pieces):
        for place, field in enumerate(piece.schema):
            if pa.types.is_string(field.type) and number != len(pieces) - 2:
                piece = piece.set_column(place, field.name, piece.column(place).dictionary_encode())
        yield piece


def breaking(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Two batches of the table, then SourceBroke."""
    yield from list(batches(table))[:2]
    raise SourceBroke


def meet(together: threading.Barrier) -> None:
    """Wait until the other thread is here too, but not for ever."""
    try:
        together.wait(timeout=0.5)
    except threading.BrokenBarrierError:
        return  # the destination stages one part after the other, which is slower and as right


def directory(tmp_path: Path, name: str = "data") -> Path:
    """A new directory below `tmp_path`."""
    place = tmp_path / name
    place.mkdir()
    return place
