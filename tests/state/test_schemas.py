"""What a load looked like is known exactly when its rows are there, and from then on with the run that brought it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.core.change import AddColumn, RelaxColumn, WidenColumn
from conduit.core.destination import WriteJob
from conduit.core.spec import WriteMode
from conduit.state.database import Database
from conduit.state.epochs import Epoch, abandon, begin_epoch, confirm
from conduit.state.job_text import job_of, job_text
from conduit.state.lease import acquire, release
from conduit.state.schemas import accepted_by, last_accepted, versions

NARROW = pa.schema([pa.field("id", pa.int32(), nullable=False)])
WIDE = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("tags", pa.list_(pa.struct([("k", pa.string()), ("v", pa.decimal256(60, 4))]))),
        pa.field("at", pa.timestamp("ns", "Europe/Oslo")),
    ]
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state.db")


def _load(database: Database, run: str, schema: pa.Schema | None, *, resource: str = "orders") -> None:
    lease = acquire(database, resource, run)
    job = WriteJob("t", pa.schema([]), WriteMode.APPEND, f"token-{run}", run_id=run, resource=resource)
    begin_epoch(database, lease, Epoch(job, accepts=schema))
    confirm(database, lease, job.token)
    release(database, lease)


def test_there_is_no_version_before_a_load_has_landed(database: Database) -> None:
    lease = acquire(database, "orders", "run")
    begin_epoch(
        database, lease, Epoch(WriteJob("t", NARROW, WriteMode.APPEND, "a", (), None, "run", "orders"), accepts=NARROW)
    )
    assert last_accepted(database, "orders") is None
    abandon(database, lease, "a")
    confirm(database, lease, "a")
    assert versions(database, "orders") == []


def test_only_what_differs_is_a_new_version(database: Database) -> None:
    for run, schema in (("1", NARROW), ("2", NARROW), ("3", WIDE), ("4", WIDE), ("5", NARROW)):
        _load(database, run, schema)
    found = versions(database, "orders")
    assert [(one.version, one.run_id, one.token) for one in found] == [
        (1, "1", "token-1"),
        (2, "3", "token-3"),
        (3, "5", "token-5"),
    ]
    assert [one.schema for one in found] == [NARROW, WIDE, NARROW]
    assert last_accepted(database, "orders") == found[-1]


def test_a_run_has_the_version_that_it_loaded_whoever_brought_it(database: Database) -> None:
    for run, schema in (("1", NARROW), ("2", NARROW), ("3", WIDE), ("4", None)):
        _load(database, run, schema)
    asked = {run: accepted_by(database, "orders", run) for run in ("1", "2", "3", "4", "none")}
    assert {run: one and one.version for run, one in asked.items()} == {"1": 1, "2": 1, "3": 2, "4": None, "none": None}


def test_metadata_is_no_difference_and_is_not_kept(database: Database) -> None:
    _load(database, "1", NARROW)
    noted = pa.schema([NARROW.field(0).with_metadata({"PARQUET:field_id": "1"})], metadata={"pandas": "{}"})
    _load(database, "2", noted)
    _load(database, "3", noted, resource="others")
    assert len(versions(database, "orders")) == 1
    [other] = versions(database, "others")
    assert other.schema.equals(NARROW, check_metadata=True)


def test_nullability_and_order_are_differences(database: Database) -> None:
    _load(database, "1", WIDE)
    _load(database, "2", pa.schema([field.with_nullable(True) for field in WIDE]))
    _load(database, "3", pa.schema(list(WIDE)[::-1]))
    assert [one.version for one in versions(database, "orders")] == [1, 2, 3]


def test_a_process_that_comes_later_accepts_what_the_one_before_recorded(tmp_path: Path) -> None:
    """Between the commit and the confirmation there is a moment in which a process can die."""
    first = Database(tmp_path / "state.db")
    lease = acquire(first, "orders", "run")
    job = WriteJob("t", WIDE, WriteMode.APPEND, "token", run_id="run", resource="orders")
    begin_epoch(first, lease, Epoch(job, accepts=WIDE))
    first.close()
    second = Database(tmp_path / "state.db")
    confirm(second, lease, "token", found=True)
    confirm(second, lease, "token", found=True)
    [version] = versions(second, "orders")
    assert (version.schema, version.run_id, version.at > 0) == (WIDE, "run", True)


def test_the_changes_of_a_job_are_the_same_after_a_crash() -> None:
    changes = (
        AddColumn(WIDE.field("tags")),
        WidenColumn("n", pa.int32(), pa.decimal128(38, 9)),
        WidenColumn("at", pa.timestamp("us", "UTC"), pa.timestamp("ns", "UTC")),
        RelaxColumn('odd "name"\n'),
    )
    job = WriteJob("t", WIDE, WriteMode.UPSERT, "token", ("id",), changes=changes)
    assert job_of(job_text(job)) == job


def test_a_job_of_an_earlier_release_changes_nothing() -> None:
    text = job_text(WriteJob("t", NARROW, WriteMode.APPEND, "token")).replace(', "changes": []', "")
    assert "changes" not in text
    assert job_of(text).changes == ()


def test_the_state_of_an_earlier_release_is_taken_along(tmp_path: Path) -> None:
    path, here = tmp_path / "state.db", Path(last_accepted.__code__.co_filename).parent / "migrations"
    with sqlite3.connect(path) as old:
        for step in ("0001_initial.sql", "0002_rejects.sql"):
            old.executescript((here / step).read_text())
        old.execute("PRAGMA user_version = 2")
    database = Database(path)
    _load(database, "1", NARROW)
    assert [one.version for one in versions(database, "orders")] == [1]
