"""A check of the whole load stands between staging and commit: what fails it is never visible."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import conduit
from conduit.config.load import load_project
from conduit.config.render import project_to_yaml
from conduit.core.events import ChecksFailed, Event
from conduit.errors import ConfigError, QualityError
from conduit.quality.model import RowCount
from tests.cli.processes import conduit as run_conduit
from tests.engine.projects import configure, run

PROJECT = """
sources: [{{name: rows, type: csv, path: rows.csv}}]
destinations: [{{name: out, type: parquet, path: out.parquet}}]
resources:
  - name: rows
    source: rows
    destination: out
    mode: full_refresh
    quality_checks: [{checks}]
"""


def write(folder: Path, rows: int) -> None:
    (folder / "rows.csv").write_text("id,v\n" + "".join(f"{n},{n}\n" for n in range(rows)))


def test_a_failing_load_leaves_the_destination_as_it_was(tmp_path: Path) -> None:
    text = PROJECT.format(checks="{check: row_count, min: 3}, {column: v, check: sum, max: 100, action: warn}")
    write(tmp_path, 5)
    assert run(tmp_path, text).ok
    write(tmp_path, 2)
    events: list[Event] = []
    report = run(tmp_path, text, events=events)
    assert (report.status, report.exit_code) == ("quality", 3)
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 5
    found = report.resources[0].checks
    assert [(check.label, check.failed, check.observed) for check in found] == [
        ("row_count", 1, "2"),
        ("sum(v)", 0, "1"),
    ]
    told = [event for event in events if isinstance(event, ChecksFailed)]
    assert [(event.check, event.observed) for event in told] == [("row_count", "2")]
    assert not list(tmp_path.glob("**/*.staged*"))


def test_rows_that_row_checks_reject_are_not_judged(tmp_path: Path) -> None:
    checks = "{column: v, check: range, max: 2, action: dlq}, {check: row_count, min: 3, max: 3}"
    write(tmp_path, 9)
    report = run(tmp_path, PROJECT.format(checks=checks))
    assert (report.ok, report.accounting.rejected) == (True, 6)
    profile = report.resources[0].profile
    assert profile is not None
    assert (profile.rows, profile.column("v").max) == (3, 2)


def test_a_dry_run_judges_too(tmp_path: Path) -> None:
    write(tmp_path, 1)
    report = run(tmp_path, PROJECT.format(checks="{check: row_count, min: 2}, {check: no_shrink}"), dry_run=True)
    assert report.status == "quality"
    assert "knows of no earlier load" in " ".join(report.resources[0].notices)


def test_a_load_that_shrinks_is_compared_with_the_last_that_succeeded(tmp_path: Path) -> None:
    text = PROJECT.format(checks="{check: no_shrink, max_shrink_rate: 0.25}")
    write(tmp_path, 8)
    first = run(tmp_path, text)
    assert "no earlier load" in " ".join(first.resources[0].notices)
    outcomes = []
    for rows in (6, 4, 5, 3):
        write(tmp_path, rows)
        report = run(tmp_path, text)
        outcomes.append((report.status, report.resources[0].checks[0].observed))
    assert outcomes == [
        ("ok", "6 rows after 8"),
        ("quality", "4 rows after 6"),
        ("ok", "5 rows after 6"),
        ("quality", "3 rows after 5"),
    ]


def test_python_declares_them_by_name_and_a_pipeline_writes_them_down(tmp_path: Path) -> None:
    write(tmp_path, 2)
    pipeline = (
        conduit.read(tmp_path / "rows.csv").check(None, "row_count", min=3).check("v", "mean", max=9, action="warn")
    )
    with pytest.raises(QualityError, match="row_count is 2, not at least 3"):
        pipeline.to(tmp_path / "out.parquet", state_dir=tmp_path / "state")
    assert not (tmp_path / "out.parquet").exists()
    with pytest.raises(QualityError):
        pipeline.to_arrow()
    path = configure(tmp_path, pipeline.to_yaml(tmp_path / "out.parquet", profile={"mask": ["v"], "sample_rows": 1}))
    project = load_project(path, environment={})
    assert project.resources[0].checks == pipeline.checks
    assert project.resources[0].profile is not None
    assert project.resources[0].profile.mask == ("v",)
    assert "profile: false" in pipeline.to_yaml(tmp_path / "out.parquet", profile=False)
    assert project_to_yaml(project) == path.read_text()
    assert "<table>" in pipeline._repr_html_()


def test_warnings_of_a_pipeline_without_destination_are_pythons_own(tmp_path: Path) -> None:
    write(tmp_path, 2)
    with pytest.warns(UserWarning, match="row_count failed: 2"):
        conduit.read(tmp_path / "rows.csv").check(None, "row_count", min=3, action="warn").to_arrow()


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ("{check: row_count, min: 1, action: dlq}", "write `fail` or `warn`"),
        ("{check: row_count}", "needs `min`, `max` or both"),
        ("{check: freshness, column: v, max_age: 24}", "max_age"),
        ("{check: freshness, column: v, max_age: soon}", "is not an age"),
        ("{check: freshness, column: v, max_age: 1h, timezone: Mars/Base}", "is no time zone"),
        ("{check: null_rate, column: v, max: 2}", "max"),
        ("{check: row_cuont, min: 1}", "row_count"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(tmp_path: Path, checks: str, said: str) -> None:
    with pytest.raises(ConfigError) as failed:
        load_project(configure(tmp_path, PROJECT.format(checks=checks)), environment={})
    assert said in str(failed.value)
    assert "ingest.yml:9:" in str(failed.value)


@pytest.mark.parametrize(
    ("value", "said"), [("{sample_rows: 1000}", "sample_rows"), ("{maks: [v]}", "maks"), ("often", "profile")]
)
def test_a_wrong_profile_is_said_with_its_place(tmp_path: Path, value: str, said: str) -> None:
    text = PROJECT.format(checks="") + f"    profile: {value}\n"
    with pytest.raises(ConfigError) as failed:
        load_project(configure(tmp_path, text), environment={})
    assert said in str(failed.value)
    assert "ingest.yml:10:" in str(failed.value)


def test_switched_off_there_is_no_profile(tmp_path: Path) -> None:
    write(tmp_path, 2)
    assert run(tmp_path, PROJECT.format(checks="") + "    profile: false\n").resources[0].profile is None
    assert RowCount(min=1).label == "row_count"


def test_the_summary_says_what_was_observed(tmp_path: Path) -> None:
    write(tmp_path, 2)
    configure(tmp_path, PROJECT.format(checks="{check: row_count, min: 3, action: warn}"))
    ended = run_conduit("run", cwd=tmp_path)
    assert ended.returncode == 0
    assert "row_count  2, action warn" in ended.stdout + ended.stderr
