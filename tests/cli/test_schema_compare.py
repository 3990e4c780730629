"""A diff of structures is read at a glance, and by CI through its exit code alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .processes import CONDUIT, conduit, on_terminal

CONFIG = """
sources: [{name: crm, type: csv, path: people.csv}]
destinations: [{name: wh, type: duckdb, path: wh.duckdb}]
resources:
- {name: people, source: crm, destination: wh, schema_evolution: {enabled: true}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    (tmp_path / "people.csv").write_text("id,born,customer_name\n1,2001-02-03,ada\n2,2001-02-04,bob\n")
    assert conduit("run", "--no-progress", cwd=tmp_path).returncode == 0
    return tmp_path


def test_no_drift_is_no_drift(folder: Path) -> None:
    done = conduit("schema-compare", "people", "--exit-code", cwd=folder)
    assert done.stdout.endswith("\n✓ No drift: 3 columns as they were.\n")
    assert done.returncode == 0


def test_what_became_of_each_column_is_a_line_with_a_sign(folder: Path) -> None:
    (folder / "people.csv").write_text("id,born,name_of_customer,score\n1,2001-02-03 10:00:00,ada,7\n")
    done = conduit("schema-compare", "people", cwd=folder)
    assert done.stdout.splitlines()[2:7] == [
        "    id                int64",
        "  ~ born              date32 → timestamp[us]  widened",
        "  + name_of_customer  string                  added",
        "  + score             int64                   added",
        "  - customer_name     string                  removed",
    ]
    assert '    ALTER TABLE "main"."people" ADD COLUMN "score" BIGINT\n' in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last == (
        "! 2 added (name_of_customer, score), 1 removed (customer_name), 1 widened (born: date32 -> timestamp[us])"
    )
    assert done.returncode == 0


def test_the_exit_code_is_1_for_drift_and_for_nothing_else(folder: Path) -> None:
    """As with diff: a source that cannot be read is no drift."""
    (folder / "people.csv").write_text("id,born,customer_name,score\n1,2001-02-03,ada,7\n")
    assert conduit("schema-compare", "people", "--exit-code", cwd=folder).returncode == 1
    assert conduit("schema-compare", "people", "--exit-code", "--against", "nothing", cwd=folder).returncode == 2
    (folder / "people.csv").unlink()
    trouble = conduit("schema-compare", "people", "--exit-code", cwd=folder)
    assert (trouble.returncode, trouble.stderr[:9]) == (2, "✗ CDT-201")
    assert conduit("schema-compare", "people", cwd=folder).returncode == 1


def test_json_has_both_structures_and_what_lies_between(folder: Path) -> None:
    (folder / "people.csv").write_text("id,born,customer,score\n1,2001-02-03,ada,7\n")
    found = json.loads(conduit("schema-compare", "people", "--format", "json", cwd=folder).stdout)
    assert (found["drifted"], [one["kind"] for one in found["columns"]]) == (True, ["removed", "added", "added"])
    assert [(one["old"], one["new"]) for one in found["renames"]] == [("customer_name", "customer")]
    assert [column["name"] for column in found["new"]] == ["id", "born", "customer", "score"]


def test_the_schema_that_was_written_to_a_file_is_what_comes_now(folder: Path) -> None:
    for name in ("people.json", "people.yml", "people.arrow"):
        assert conduit("schema", "people", "--output", name, cwd=folder).returncode == 0
        done = conduit("schema-compare", "people", "--against", name, "--exit-code", cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr


def test_colour_is_for_terminals(folder: Path) -> None:
    (folder / "people.csv").write_text("id,born,score\n1,2001-02-03 10:00:00,7\n")
    assert "\x1b[" not in conduit("schema-compare", "people", cwd=folder).stdout
    _, shown = on_terminal([*CONDUIT, "schema-compare", "people"], cwd=folder)
    for painted in ("\x1b[32m+ score", "\x1b[1;31m- customer_name", "\x1b[33m~ born"):
        assert painted in shown


def test_what_has_no_structure_to_compare_with_says_so(folder: Path) -> None:
    done = conduit("schema-compare", "people", "--against", "20", cwd=folder)
    assert done.stdout.startswith("people  run 20")
    (folder / ".conduit" / "state.db").unlink()
    none = conduit("schema-compare", "people", "--exit-code", cwd=folder)
    assert none.stdout.endswith("○ There is nothing to compare with.\n")
    assert none.returncode == 0
