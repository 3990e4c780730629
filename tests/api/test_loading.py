"""`.to(...)` loads, reports its books, and says the same thing as a configuration."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import conduit
from conduit.errors import ConfigError, QualityError, UnknownName, UsageError

TABLE = pa.table({"id": [1, 2, 2, None], "email": ["a@b", "x", "c@d", "e@f"]})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_load_reports_its_books() -> None:
    report = conduit.read(TABLE).to("out.parquet")
    assert (report.status, report.accounting.read, report.accounting.written) == ("ok", 4, 4)
    assert (report.accounting.rejected, report.accounting.filtered, report.accounting.deduplicated) == (0, 0, 0)
    assert report.run_id
    assert report.duration_seconds > 0
    assert pq.read_table("out.parquet") == TABLE


def test_a_single_file_is_refreshed_and_a_folder_appended_to() -> None:
    for _ in range(2):
        conduit.read(TABLE).to("out.parquet")
        conduit.read(TABLE).to("folder/", type="parquet")
    assert pq.read_table("out.parquet").num_rows == 4
    assert pq.read_table("folder").num_rows == 8


def test_appending_to_a_file_adds_a_part_beside_it_and_leaves_it_alone() -> None:
    conduit.read(TABLE).to("out.parquet")
    before = Path("out.parquet").stat().st_mtime_ns
    conduit.read(TABLE).to("out.parquet", mode="append")
    assert Path("out.parquet").stat().st_mtime_ns == before
    assert sum(pq.read_table(part).num_rows for part in Path().glob("out*.parquet")) == 8


@pytest.mark.parametrize("target", ["out.duckdb", "out.sqlite"])
def test_an_upsert_by_key_replaces_and_adds(target: str) -> None:
    first = pa.table({"id": [1, 2], "v": ["a", "b"]})
    second = pa.table({"id": [2, 3], "v": ["B", "c"]})
    for table in (first, second):
        conduit.read(table).to(target, table="t", mode="upsert", unique_key="id")
    rows = sorted(tuple(row.values()) for row in conduit.read(target, table="t").to_arrow().to_pylist())
    assert rows == [(1, "a"), (2, "B"), (3, "c")]


def test_failing_rows_go_where_the_action_says() -> None:
    report = (
        conduit.read(TABLE)
        .check("email", regex="@", action="dlq")
        .check("id", not_null=True, action="warn")
        .to("o.csv")
    )
    assert (report.accounting.written, report.accounting.rejected) == (3, 1)
    resource = report.resources[0]
    assert [(check.label, check.failed) for check in resource.checks] == [("regex(email)", 1), ("not_null(id)", 1)]
    assert resource.dlq is not None
    (kept,) = Path(resource.dlq).glob("*.parquet")
    assert pq.read_table(kept)["row"].to_pylist() == [{"id": 2, "email": "x"}]


def test_a_failed_check_leaves_the_destination_untouched() -> None:
    conduit.read(TABLE.slice(0, 1)).to("out.parquet")
    with pytest.raises(QualityError, match="unique"):
        conduit.read(TABLE).check("id", unique=True).to("out.parquet")
    assert pq.read_table("out.parquet").num_rows == 1


def test_a_pipeline_and_its_configuration_load_the_same() -> None:
    Path("orders.csv").write_text("id;amount\n1;2.50\n2;3.75\n")
    pipeline = (
        conduit.read("orders.csv", columns={"amount": "decimal(8,2)"})
        .filter("id > 1")
        .rename(amount="total")
        .check("total", min=0, action="dlq")
    )
    Path("ingest.yml").write_text(pipeline.to_yaml("a.parquet", name="orders"))
    pipeline.to("b.parquet")
    assert conduit.run("ingest.yml").status == "ok"
    assert pq.read_table("a.parquet") == pq.read_table("b.parquet")
    again = conduit.load("ingest.yml")["orders"]
    assert again.to_arrow() == pq.read_table("a.parquet")
    assert again.to().accounting.written == 1


def test_an_object_in_memory_cannot_become_a_configuration() -> None:
    with pytest.raises(UsageError, match="in memory"):
        conduit.read(TABLE).to_yaml("x.parquet")


def test_running_one_resource_of_a_configuration() -> None:
    conduit.read(TABLE).to("t.parquet")
    Path("ingest.yml").write_text(
        "sources: [{name: s, type: parquet, path: t.parquet}]\n"
        "destinations: [{name: a, type: csv, path: a.csv}, {name: b, type: csv, path: b.csv}]\n"
        "resources: [{name: one, source: s, destination: a}, {name: two, source: s, destination: b}]\n"
    )
    report = conduit.run("ingest.yml", "two")
    assert [resource.name for resource in report.resources] == ["two"]
    assert not Path("a.csv").exists()
    with pytest.raises(UnknownName, match="Did you mean 'two'"):
        conduit.run("ingest.yml", "twoo")


def test_what_went_wrong_is_in_the_report_of_a_run() -> None:
    Path("ingest.yml").write_text(
        "sources: [{name: s, type: parquet, path: gone.parquet}]\n"
        "destinations: [{name: a, type: csv, path: a.csv}]\n"
        "resources: [{name: one, source: s, destination: a}]\n"
    )
    report = conduit.run("ingest.yml")
    assert (report.status, report.exit_code) == ("failed", 1)
    assert "gone.parquet" in str(report.resources[0].error)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.check("id"), "No check is named"),
        (lambda p: p.check("id", "rang", min=1), "cannot be built"),
        (lambda p: p.check("id", regex="("), "regular expression"),
        (lambda p: p.to("x.parquet", mode="upsrt"), "Did you mean 'upsert'"),
        (lambda p: p.to("x.duckdb", mode="upsert"), "unique_key"),
        (lambda p: p.limit(-1), "negative"),
    ],
)
def test_mistakes_are_told_before_anything_moves(call: object, message: str) -> None:
    with pytest.raises((ConfigError, UsageError, UnknownName), match=message):
        call(conduit.read(TABLE))  # type: ignore[operator]
    assert list(Path().iterdir()) == []


def test_a_check_over_several_columns_is_an_expression() -> None:
    table = pa.table({"low": [1, 5], "high": [2, 3]})
    report = conduit.read(table).check(expression="low <= high", action="dlq").to("o.csv")
    assert (report.accounting.written, report.accounting.rejected) == (1, 1)


def test_each_reason_shows_its_own_first_row() -> None:
    Path("x.csv").write_text('id,n\n1,2\n3\n4,x\n5,"a"b\n')
    rejects = conduit.read("x.csv", columns={"n": "int64"}).to("o.csv").resources[0].rejects
    assert {reject.code: reject.first.rpartition("x.csv:")[2] for reject in rejects} == {
        "too_few_fields": "3: expected 2 fields, found 1",
        "bad_value": "4: x is not a value of type int64",
        "bad_quote": "5: a quote is not closed, or is followed by more text",
    }


def test_rejects_of_older_runs_are_forgotten_when_the_user_wants_that() -> None:
    Path("x.csv").write_text("id,n\n1,2\n3\n")
    Path("ingest.yml").write_text(
        "dlq: {keep_runs: 2}\n"
        "sources: [{name: s, type: csv, path: x.csv}]\n"
        "destinations: [{name: a, type: csv, path: a.csv}]\n"
        "resources: [{name: one, source: s, destination: a}]\n"
    )
    runs = [conduit.run("ingest.yml").run_id for _ in range(3)]
    assert sorted(folder.name for folder in Path(".conduit/dlq/one").iterdir()) == sorted(runs[1:])
