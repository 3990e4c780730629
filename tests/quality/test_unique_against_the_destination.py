"""A row that was loaded yesterday is a repeat today, when the user says so; what was only staged is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import conduit
from conduit.core.accounting import Accounting
from conduit.errors import ConfigError, QualityError
from conduit.pipeline import Pipeline
from conduit.quality.checker import Checker
from conduit.quality.elsewhere import Elsewhere
from conduit.quality.model import Unique

_PLACES = [("csv", "out/"), ("csv", "out.csv"), ("json", "out/"), ("json", "out.jsonl"), ("parquet", "out/"),
           ("parquet", "out.parquet"), ("duckdb", "out.duckdb"), ("sqlite", "out.sqlite")]  # fmt: skip


def _pipeline(ids: list[Any], codes: list[Any], against: str = "destination") -> Pipeline:
    table = pa.table({"id": pa.array(ids, pa.int32()), "code": pa.array(codes, pa.large_string())})
    return conduit.read(table).check(["id", "code"], "unique", against=against, action="dlq")


def _load(pipeline: Pipeline, folder: Path, kind: str, path: str, **more: Any) -> Accounting:
    report = pipeline.to(
        folder / path if "." in path else f"{folder}/{path}",
        type=kind, name="orders", mode="append", state_dir=folder / "state", **more,
    )  # fmt: skip
    return report.resources[0].accounting


@pytest.mark.parametrize(("kind", "path"), _PLACES, ids=str)
def test_keys_that_are_there_count_as_seen(kind: str, path: str, tmp_path: Path) -> None:
    first = _load(_pipeline([1, 2, 2, None], ["007", "2024-01-31", "2024-01-31", "n"]), tmp_path, kind, path)
    assert (first.written, first.rejected) == (3, 1)
    second = _load(_pipeline([1, 1, 2, None, 3], ["007", "7", "2024-01-31", "n", "x"]), tmp_path, kind, path)
    assert (second.written, second.rejected) == (3, 2)
    again = _load(_pipeline([1, 1, 3], ["007", "7", "x"], "run"), tmp_path, kind, path)
    assert (again.written, again.rejected) == (3, 0)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_columns_that_are_folders_are_keys_too(kind: str, tmp_path: Path) -> None:
    for written in (2, 0):
        done = _load(_pipeline([1, 2], ["a", "b"]), tmp_path, kind, "out/", partition_by=["code"])
        assert (done.written, done.rejected) == (written, 2 - written)


def test_a_mode_that_replaces_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'full_refresh', which replaces its rows") as caught:
        _pipeline([1], ["a"]).to(tmp_path / "out.csv", name="orders", state_dir=tmp_path / "state")
    assert "mode: append" in caught.value.remedy


def test_a_destination_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read, so its keys are not known"):
        _pipeline([1], ["a"]).to(type="dummydestination", name="orders", state_dir=tmp_path / "state")


def test_in_a_notebook_only_the_run_counts() -> None:
    with pytest.warns(UserWarning, match="1 rows were rejected"):
        assert _pipeline([1, 1], ["a", "a"]).to_arrow().num_rows == 1


def test_text_there_is_read_as_what_the_column_holds() -> None:
    """Files of text have no types: what was written as a number is that number."""
    there = pa.RecordBatch.from_pydict({"k": ["1", "02", "x", None, "2.50"]})
    elsewhere = Elsewhere("the destination out.csv", there.schema, lambda _: iter([there]))
    for values, passing in (
        (pa.array([1, 2, 3], pa.int64()), [3]),
        (pa.array([Decimal("1.00"), Decimal("2.50"), Decimal("2.51")], pa.decimal128(5, 2)), [Decimal("2.51")]),
        (pa.array([1.0, 2.5, 2.25]), [2.25]),
        (pa.array(["1", "2", "02", "2.5"]), ["2", "2.5"]),
    ):
        batch = pa.RecordBatch.from_arrays([values], names=["k"])
        checker = Checker([Unique(columns="k", action="dlq")], batch.schema, elsewhere=lambda _: elsewhere)
        assert checker.judge(batch).passed["k"].to_pylist() == passing


def test_what_a_failed_load_staged_is_no_key(tmp_path: Path) -> None:
    broken = _pipeline([1, 2], ["a", "b"]).check("id", max=1)
    with pytest.raises(QualityError):
        _load(broken, tmp_path, "parquet", "out/")
    done = _load(_pipeline([1, 2], ["a", "b"]), tmp_path, "parquet", "out/")
    assert (done.written, done.rejected) == (2, 0)
