"""Who mends one problem only to meet the next has been told too little."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .looks import ORDERS, one, planned

SEVERAL = """
sources:
- {name: here, type: csv, path: orders.csv}
- {name: gone, type: csv, path: order.csv}
destinations:
- {name: lake, type: parquet, path: out/}
- {name: broken, type: parquet, path: broken/}
- {name: wh, type: duckdb, path: wh.duckdb}
resources:
- {name: fine, source: here, destination: lake}
- {name: absent, source: gone, destination: broken}
- name: wrong
  source: here
  destination: wh
  mode: upsert
  filter: amuont > 1
  unique_key: [idd]
  checks:
  - {column: nmae, check: not_null}
  - {column: name, check: range, min: 1}
  - {check: sum, column: name, min: 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "part.parquet").write_bytes(b"PAR1 and nothing else")
    return tmp_path


def test_a_resource_that_is_wrong_hides_no_other(folder: Path) -> None:
    plan = planned(folder, SEVERAL)
    assert {resource.name: bool(resource.problems) for resource in plan.resources} == {
        "fine": False,
        "absent": True,
        "wrong": True,
    }
    assert plan.resource("fine").structure is not None


def test_both_ends_are_looked_at_when_one_is_out_of_reach(folder: Path) -> None:
    source, destination = planned(folder, SEVERAL).resource("absent").problems
    assert (source.message, source.remedy) == ("No file is there.", f"Did you mean '{folder / 'orders.csv'}'?")
    assert destination.message.startswith("The Parquet file is damaged or truncated")
    assert (source.code, destination.code) == ("CDT-201", "CDT-201")


def test_everything_that_is_wrong_with_a_resource_is_told_with_the_nearest_name(folder: Path) -> None:
    problems = planned(folder, SEVERAL).resource("wrong").problems
    told = " ".join(map(str, problems))
    for wrong in ("'amuont'", "'nmae'", "range(name)", "'idd'", "sum(name)"):
        assert wrong in told
    for near in ("'amount'", "'id'", "'name'"):
        assert f"Did you mean {near}?" in told


def test_the_data_that_does_not_fit_is_a_problem_before_any_of_it_moves(folder: Path) -> None:
    (folder / "there").mkdir()
    pq.write_table(pa.table({"id": ["x"], "name": ["x"]}), folder / "there" / "part.parquet")
    (problem,) = planned(folder, one("type: parquet, path: there/")).resource("orders").problems
    assert "amount" in str(problem)
    assert problem.exit_code == 2


def test_resources_that_would_overwrite_each_other_are_a_problem_of_the_whole(folder: Path) -> None:
    text = """
sources: [{name: till, type: csv, path: orders.csv}]
destinations: [{name: lake, type: csv, path: out.csv}]
resources:
- {name: a, source: till, destination: lake}
- {name: b, source: till, destination: lake}
"""
    plan = planned(folder, text)
    assert [problem.message for problem in plan.problems] == ["Resources would overwrite each other."]
    assert plan.exit_code == 2
    assert all(resource.problems == () for resource in plan.resources)


def test_a_connector_that_raises_whatever_it_likes_is_a_problem_of_its_resource(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conduit.connectors.csv import CsvSource

    def scan(self: CsvSource, request: object) -> object:
        raise ZeroDivisionError("no rows per second")

    monkeypatch.setattr(CsvSource, "scan", scan)
    (problem,) = planned(folder, one("type: parquet, path: out/")).resource("orders").problems
    assert problem.message == "Unexpected ZeroDivisionError: no rows per second"
    assert isinstance(problem.cause, ZeroDivisionError)


def test_what_the_plan_ends_with_is_what_the_run_would(folder: Path) -> None:
    (folder / "orders.csv").unlink()
    assert planned(folder, one("type: parquet, path: out/")).exit_code == 1
    assert planned(folder, SEVERAL).exit_code == 1


def test_a_source_that_another_resource_has_yet_to_make_is_no_problem(folder: Path) -> None:
    """Else no configuration in which one resource reads what another one writes could be validated."""
    text = """
sources: [{name: till, type: csv, path: orders.csv}, {name: made, type: csv, path: made.csv}]
destinations: [{name: made, type: csv, path: made.csv}, {name: lake, type: parquet, path: out/}]
resources:
- {name: first, source: till, destination: made}
- {name: second, source: made, destination: lake, depends_on: [first]}
"""
    plan = planned(folder, text)
    assert plan.all_problems == ()
    assert "'first' may bring it" in plan.resource("second").notices[-1]
    alone = planned(folder, text, "second")
    assert [problem.message for problem in alone.all_problems] == ["No file is there."]
