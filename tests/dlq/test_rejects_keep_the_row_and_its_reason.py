"""A reject is only worth keeping with all that is needed to understand it, and to send it again as it was."""

from __future__ import annotations

import stat
import threading
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from conduit.dlq.layout import published_files
from conduit.dlq.table import CUT_MARK, LONGEST_TEXT
from conduit.dlq.writer import DlqWriter
from conduit.engine.trace import TRACED_SCHEMA

from .rejects import NOW, ROW_SCHEMA, malformed, published, reasons, rows, writer


def test_a_rejected_row_is_typed_and_has_its_whole_context(tmp_path: Path) -> None:
    dlq = writer(tmp_path / "run")
    row = {"id": 3, "amount": Decimal("1.50"), "at": NOW}
    batch = pa.RecordBatch.from_pylist([row], schema=ROW_SCHEMA)
    place = {"file": "a.csv", "line": None, "position": '{"row":5}'}
    places = pa.RecordBatch.from_pylist([place], schema=TRACED_SCHEMA)
    dlq.add_rejected(batch, reasons(1, check="range(id)", column="id"), partition="p0", places=places)
    dlq.stage()
    DlqWriter.publish(tmp_path / "run", "t1")
    (found,) = published(tmp_path / "run")
    assert found == {
        "resource": "orders", "run_id": "run-1", "token": "t1", "file": "a.csv", "line": None, "byte_offset": None,
        "partition": "p0", "position": '{"row":5}', "stage": "check", "code": "range", "check": "range(id)",
        "column": "id", "value": "1", "message": "id is odd", "at": NOW, "raw": None, "row": row,
    }  # fmt: skip
    (path,) = published_files(tmp_path / "run")
    assert [field.type for field in pq.read_schema(path).field("row").type] == ROW_SCHEMA.types


def test_a_row_that_could_not_be_parsed_keeps_its_bytes_and_its_place(tmp_path: Path) -> None:
    dlq = writer(tmp_path)
    dlq.add_malformed(malformed(1), partition="p0")
    dlq.stage()
    DlqWriter.publish(tmp_path, "t1")
    (found,) = published(tmp_path)
    assert (found["file"], found["line"], found["byte_offset"], found["raw"]) == ("a.csv", 7, 99, b"\xff,1")
    assert (found["stage"], found["code"], found["column"], found["row"]) == ("read", "bad_quote", "id", None)


def test_long_values_and_messages_are_cut_and_say_so(tmp_path: Path) -> None:
    long, edge = "ä" * (LONGEST_TEXT + 1), "ä" * LONGEST_TEXT
    dlq = writer(tmp_path)
    dlq.add_rejected(rows(1), reasons(1, value=long, message=edge), partition="p")
    dlq.add_rejected(rows(1), reasons(1, value=None, message=long), partition="p")
    dlq.stage()
    DlqWriter.publish(tmp_path, "t1")
    first, second = published(tmp_path)
    assert (first["value"], first["message"]) == (edge + CUT_MARK, edge)
    assert (second["value"], second["message"]) == (None, edge + CUT_MARK)


def test_rows_of_another_schema_keep_their_own_types(tmp_path: Path) -> None:
    """Rows are rejected before and after the resource's casts; each is kept as it was at that moment."""
    other = pa.schema([("id", pa.string()), ("extra", pa.bool_())])
    dlq = writer(tmp_path)
    dlq.add_rejected(rows(2), reasons(2), partition="p")
    dlq.add_rejected(rows(3, schema=other), reasons(3), partition="p")
    dlq.stage()
    DlqWriter.publish(tmp_path, "t1")
    types = [pq.read_schema(path).field("row").type for path in published_files(tmp_path)]
    assert {kind.num_fields for kind in types} == {2, 3}
    assert len(published(tmp_path)) == 5


def test_rows_without_columns_are_counted_too(tmp_path: Path) -> None:
    nothing = pa.RecordBatch.from_pylist([{}, {}], schema=pa.schema([]))
    dlq = writer(tmp_path)
    dlq.add_rejected(nothing, reasons(nothing.num_rows), partition="p")
    dlq.stage()
    assert dlq.rows == nothing.num_rows


def test_reasons_are_counted_with_their_first_message(tmp_path: Path) -> None:
    dlq = writer(tmp_path)
    dlq.add_rejected(rows(2), reasons(2, code="a", message="first"), partition="p")
    dlq.add_rejected(rows(3), reasons(3, code="b", message="other"), partition="p")
    dlq.add_rejected(rows(2), reasons(2, code="a", message="second"), partition="p")
    assert (dlq.rows, dlq.reasons) == (7, [("a", 4, "first"), ("b", 3, "other")])


def test_files_are_rotated_by_size_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "orders" / "run"
    dlq = writer(folder, max_file_bytes=1)
    for start in range(0, 200_000, 20_000):
        dlq.add_rejected(rows(20_000, start), reasons(20_000), partition="p")
    staged = dlq.stage()
    assert len(staged) > 1
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in staged} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    DlqWriter.publish(folder, "t1")
    assert [path.name for path in published_files(folder)] == [f"t1-{n:04}.parquet" for n in range(1, len(staged) + 1)]
    assert sorted(row["row"]["id"] for row in published(folder)) == list(range(200_000))


def test_threads_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    dlq = writer(tmp_path, max_file_bytes=1 << 20)

    def add(start: int) -> None:
        for offset in range(0, 40_000, 10_000):
            dlq.add_rejected(rows(10_000, start + offset), reasons(10_000), partition=str(start))

    threads = [threading.Thread(target=add, args=(start,)) for start in range(0, 160_000, 40_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dlq.stage()
    DlqWriter.publish(tmp_path, "t1")
    assert sorted(row["row"]["id"] for row in published(tmp_path)) == list(range(160_000))
