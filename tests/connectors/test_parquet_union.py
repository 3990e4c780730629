"""Parquet files of different columns and types are one table, or an error: no value changes, none is made up."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.connectors.parquet import DESTINATION, SOURCE
from conduit.core.predicate import parse_predicate
from conduit.sdk import (
    AddColumn,
    CommitRejected,
    DestinationError,
    ReadRequest,
    SourceError,
    WidenColumn,
    WriteJob,
    WriteMode,
)
from conduit.sdk.suites.reading import read_all

from .table_loads import load

NARROW = pa.table({"n": pa.array([1, 2], pa.int32()), "s": ["a", "b"]})
WIDE = pa.table({"extra": [1.5, None], "n": pa.array([2**40, None])})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pq.write_table(NARROW, tmp_path / "a.parquet")
    pq.write_table(WIDE, tmp_path / "b.parquet")
    return tmp_path


def _read(folder: Path, **request: Any) -> pa.Table:
    return read_all(SOURCE(SOURCE.options_model(path=f"{folder}/")), ReadRequest(**request))[1]


def test_a_missing_column_is_null_and_a_wider_one_holds_all_values(folder: Path) -> None:
    found = _read(folder)
    assert found.schema == pa.schema([("n", pa.int64()), ("s", pa.string()), ("extra", pa.float64())])
    assert found.to_pylist() == [
        {"n": 1, "s": "a", "extra": None},
        {"n": 2, "s": "b", "extra": None},
        {"n": 2**40, "s": None, "extra": 1.5},
        {"n": None, "s": None, "extra": None},
    ]


def test_a_column_alone_has_all_rows_also_of_files_that_lack_it(folder: Path) -> None:
    assert _read(folder, columns=("extra",))["extra"].to_pylist() == [None, None, 1.5, None]
    assert _read(folder, columns=("extra", "n")).column_names == ["extra", "n"]


def test_a_filter_on_a_column_that_files_lack_leaves_out_nothing_that_may_match(folder: Path) -> None:
    for text in ("extra IS NULL", "s IS NULL", "n > 5"):
        found = _read(folder, filter=parse_predicate(text))
        assert found.num_rows == 4 if "NULL" in text else 2**40 in found["n"].to_pylist()


def test_text_that_is_asked_for_as_dictionaries_is_the_same_text(folder: Path) -> None:
    assert _read(folder, dictionaries=True).cast(_read(folder).schema).equals(_read(folder))


def test_columns_that_some_files_lack_are_told(folder: Path) -> None:
    told: list[str] = []
    SOURCE(SOURCE.options_model(path=f"{folder}/")).scan(ReadRequest(notice=told.append))
    assert told == [
        "1 of 2 files do not have the column 's': it is NULL in their rows",
        "1 of 2 files do not have the column 'extra': it is NULL in their rows",
    ]


def test_a_value_that_the_wider_type_does_not_hold_is_an_error_and_no_null(tmp_path: Path) -> None:
    pq.write_table(pa.table({"d": pa.array([2**31 - 1], pa.date32())}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"d": pa.array([0], pa.timestamp("us"))}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="does not hold one of its values"):
        _read(tmp_path)


def test_parts_of_later_loads_may_be_wider(tmp_path: Path) -> None:
    there = DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/out/", partition_by=("day",)))
    first = pa.table({"day": ["x", "y"], "n": pa.array([1, 2], pa.int32()), "d": pa.array([1, 2], pa.decimal128(3, 0))})
    load(there, first, "a")
    second = pa.table({"day": ["x", "z"], "n": [2**40, 4], "d": [Decimal("0.5"), None], "new": [[1], None]})
    changes = (
        WidenColumn("n", pa.int32(), pa.int64()),
        WidenColumn("d", pa.decimal128(3, 0), pa.decimal128(4, 1)),
        AddColumn(pa.field("new", pa.list_(pa.int64()))),
    )
    second = second.set_column(2, "d", second["d"].cast(pa.decimal128(4, 1)))
    load(there, second, "b", changes=changes)
    assert there.describe("orders") == pa.schema(
        [("n", pa.int64()), ("d", pa.decimal128(4, 1)), ("new", pa.list_(pa.int64())), ("day", pa.string())]
    )
    reader = there.reader("orders")
    assert reader is not None
    found = read_all(reader, ReadRequest())[1].sort_by("n")
    assert found["n"].to_pylist() == [1, 2, 4, 2**40]
    assert found["day"].to_pylist() == ["x", "y", "z", "x"]
    assert found["new"].to_pylist() == [None, None, None, [1]]
    assert found["d"].to_pylist() == [Decimal(1), Decimal(2), None, Decimal("0.5")]


def test_a_single_file_and_what_was_appended_beside_it_are_one_table(tmp_path: Path) -> None:
    there = DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/out.parquet"))
    load(there, NARROW, "a", WriteMode.FULL_REFRESH)
    pq.write_table(pa.table({"n": ["not ours"]}), tmp_path / "out-of-somebody.parquet")
    wider = NARROW.append_column("extra", pa.array([1.5, 2.5]))
    load(there, wider, "b", changes=(AddColumn(pa.field("extra", pa.float64())),))
    assert there.describe("orders").names == ["n", "s", "extra"]
    assert read_all(there.reader("orders"), ReadRequest())[1]["extra"].to_pylist() == [None, None, 1.5, 2.5]
    load(there, wider, "c", WriteMode.FULL_REFRESH)
    assert sorted(path.name for path in tmp_path.glob("*.parquet")) == ["out-of-somebody.parquet", "out.parquet"]


def test_a_change_that_goes_against_what_is_there_now_is_refused(tmp_path: Path) -> None:
    there = DESTINATION(DESTINATION.options_model(path=f"{tmp_path}/out/"))
    load(there, NARROW, "a")
    texts = NARROW.append_column("extra", pa.array(["x", "y"]))
    add = (AddColumn(pa.field("extra", pa.string())),)
    session = there.begin(WriteJob("orders", texts.schema, WriteMode.APPEND, "b", changes=add))
    staged = list(session.stage("0", iter(texts.to_batches())))
    numbers = NARROW.append_column("extra", pa.array([1, 2]))
    load(there, numbers, "c", changes=(AddColumn(pa.field("extra", pa.int64())),))
    with pytest.raises(CommitRejected, match="'extra'"):
        session.commit(staged, {})
    # What was staged can be removed all the same.
    there.discard(WriteJob("orders", texts.schema, WriteMode.APPEND, "b", changes=add))
    assert _read(tmp_path / "out").num_rows == 4


def test_csv_files_are_not_given_columns_that_would_not_read_back(tmp_path: Path) -> None:
    from conduit.connectors.csv import DESTINATION as CSV

    there = CSV(CSV.options_model(path=f"{tmp_path}/out/"))
    load(there, NARROW, "a")
    with pytest.raises(DestinationError, match="cannot add columns"):
        load(there, WIDE, "b", changes=(AddColumn(pa.field("extra", pa.float64())),))
