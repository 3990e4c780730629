"""Validation is what stands before a merge: it must say everything at once, and its exit code is all that CI reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .processes import conduit

CONFIG = """
sources:
- {name: till, type: csv, path: orders.csv}
- {name: gone, type: csv, path: order.csv}
destinations:
- {name: lake, type: parquet, path: lake/}
resources:
- {name: orders, source: till, destination: lake, checks: [{column: id, check: unique}]}
- {name: absent, source: gone, destination: lake}
- {name: wrong, source: till, destination: lake, checks: [{column: idd, check: unique}, {column: id, check: length}]}
"""
WRONG = """\
✓ orders  till (csv) → lake (parquet), 2 columns, 1 check
✗ absent
  ✗ CDT-201  {here}/order.csv: No file is there.
    → Did you mean '{here}/orders.csv'?
✗ wrong
  ✗ CDT-101  2 checks do not fit the data.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ingest.yml").write_text(CONFIG.replace("check: length", "check: length, min: 1"))
    (tmp_path / "orders.csv").write_text("id,amount\n1,1.5\n")
    return tmp_path


def test_everything_that_is_wrong_is_told_at_once(folder: Path) -> None:
    done = conduit("validate", cwd=folder)
    assert done.stdout.startswith(WRONG.format(here=folder))
    assert "unique(idd): There is no column 'idd'. Did you mean 'id'?" in done.stdout
    assert "length(id)" in done.stdout
    assert done.stdout.endswith("\n✗ 2 problems in 2 of 3 resources.\n")
    assert (done.stderr, done.returncode) == ("", 2)


def test_what_is_valid_is_said_to_be(folder: Path) -> None:
    done = conduit("validate", "orders", cwd=folder)
    assert done.stdout.endswith("\n✓ 1 resource: valid.\n")
    assert done.returncode == 0
    assert {path.name for path in folder.iterdir()} == {"ingest.yml", "orders.csv"}


def test_json_names_the_problems_of_each(folder: Path) -> None:
    done = conduit("validate", "--json", cwd=folder)
    found = json.loads(done.stdout)
    assert (found["valid"], done.returncode) == (False, 2)
    assert {one["name"]: [problem["code"] for problem in one["problems"]] for one in found["resources"]} == {
        "orders": [],
        "absent": ["CDT-201"],
        "wrong": ["CDT-101"],
    }


def test_a_configuration_that_is_wrong_is_told_with_its_places(folder: Path) -> None:
    (folder / "ingest.yml").write_text("sources: [{name: till, type: csvv, path: x}]\nresources: 3\n")
    done = conduit("validate", cwd=folder)
    assert done.returncode == 2
    assert 'ingest.yml:1:30: there is no source of type "csvv". Did you mean "csv"?' in done.stderr
    assert "ingest.yml:2:12" in done.stderr


def test_a_traceback_is_shown_to_those_who_ask(folder: Path) -> None:
    assert "Traceback" not in (done := conduit("validate", cwd=folder)).stderr + done.stdout
    assert "SourceError" in conduit("validate", "--debug", cwd=folder).stderr
