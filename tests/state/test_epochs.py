"""Positions count once a token is confirmed; what a crash leaves open can be begun again as exactly the same job."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from conduit.core.accounting import Accounting
from conduit.core.destination import WriteJob
from conduit.core.spec import WriteMode
from conduit.state.database import Database
from conduit.state.epochs import Epoch, abandon, begin_epoch, confirm, confirmed_epoch, intend, open_epochs
from conduit.state.job_text import job_of, job_text
from conduit.state.lease import acquire
from conduit.state.runs import begin_resource, begin_run, finish_run, unfinished

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False, metadata={"description": "the key"}),
        pa.field("tags", pa.list_(pa.struct([("k", pa.string()), ("v", pa.decimal128(20, 4))]))),
        pa.field("at", pa.timestamp("ns", "Europe/Oslo")),
    ]
)
JOB = WriteJob("or'ders", SCHEMA, WriteMode.UPSERT, "token", ("id",), ("tags", "at"), "run", "orders")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state.db")


@pytest.mark.parametrize("job", [JOB, WriteJob("t", pa.schema([]), WriteMode.APPEND, "t")])
def test_a_job_is_the_same_after_a_crash(job: WriteJob) -> None:
    read = job_of(job_text(job))
    assert read == job
    assert read.schema.equals(job.schema, check_metadata=True)


def test_an_epoch_is_open_until_it_is_settled_and_its_positions_count_after_that(database: Database) -> None:
    lease = acquire(database, "orders", "run")
    begin_epoch(database, lease, Epoch(JOB, fingerprint="f", dlq="rejects/"))
    assert [epoch.job for epoch in open_epochs(database, "orders")] == [JOB]
    books = Accounting(5, 3, 1, 1)
    intend(database, lease, "token", books, {"file": {"offset": 17}})
    assert confirmed_epoch(database, "run", "orders") is None
    confirm(database, lease, "token")
    assert open_epochs(database, "orders") == []
    landed = confirmed_epoch(database, "run", "orders")
    assert landed == Epoch(JOB, books, "f", "rejects/", {"file": {"offset": 17}})


def test_what_was_aborted_never_counts(database: Database) -> None:
    lease = acquire(database, "orders", "run")
    begin_epoch(database, lease, Epoch(JOB))
    abandon(database, lease, "token")
    confirm(database, lease, "token")
    assert confirmed_epoch(database, "run", "orders") is None


def test_a_commit_that_a_later_run_finds_is_taken_up_though_its_own_run_had_ended_as_failed(database: Database) -> None:
    begin_run(database, "run", "1.0.0")
    begin_resource(database, "run", "orders", "definition")
    lease = acquire(database, "orders", "run")
    begin_epoch(database, lease, Epoch(JOB))
    finish_run(database, "run", "failed", "{}", [])
    assert unfinished(database, "orders", "next") == []
    confirm(database, lease, "token", found=True)
    assert [left.run_id for left in unfinished(database, "orders", "next")] == ["run"]
    # A run that tries again has to find what its own first attempt had committed, too.
    assert [left.run_id for left in unfinished(database, "orders", "run")] == ["run"]
    finish_run(database, "next", "ok", "{}", ["orders"])
    assert unfinished(database, "orders", "later") == []
