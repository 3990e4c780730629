"""A plan on the terminal is read before something is done that cannot be undone: its words and codes are relied on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .processes import CONDUIT, conduit, on_terminal, without_escapes

CONFIG = """
sources:
- {name: till, type: csv, path: orders.csv}
destinations:
- {name: wh, type: duckdb, path: wh.duckdb}
- {name: lake, type: csv, path: lake.csv}
resources:
- name: orders
  source: till
  destination: wh
  schema_evolution: {enabled: true}
  cast: {amount: "decimal(8,2)"}
  checks: [{column: amount, check: range, min: 0, action: dlq}]
- {name: copy, source: till, destination: lake}
"""
FIRST = """\
! orders  till (csv) → wh (duckdb), append
  reads      1 partition, 27 B
  writes     wh.duckdb (orders), which is new
  columns    id int64, amount decimal(8,2)
  runs       CREATE TABLE "main"."orders" ("id" BIGINT, "amount" DECIMAL(8,2))
  may lose   amount: float64 → decimal(8,2), asked for; not every value may fit, and such a row is a
             reject
  checks     range(amount) dlq
  delivery   effectively once.
  note       orders.csv: comma-separated, quote ", with header, utf-8, 2 columns

! copy  till (csv) → lake (csv), full_refresh
  reads      1 partition, 27 B
  writes     lake.csv, which is new
  columns    id int64, amount float64
  delivery   effectively once.
  note       orders.csv: comma-separated, quote ", with header, utf-8, 2 columns

! 2 resources, 2 with a change of structure. Nothing was done.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    (tmp_path / "orders.csv").write_text("id,amount\n1,1.5\n2,2.25\n3,4\n")
    return tmp_path


def test_what_a_first_run_would_do_is_on_one_screen(folder: Path) -> None:
    done = conduit("plan", cwd=folder)
    assert done.stdout == FIRST
    assert (done.stderr, done.returncode) == ("", 0)


def test_what_a_later_run_alters_and_throws_away_is_marked(folder: Path) -> None:
    assert conduit("run", "--no-progress", cwd=folder).returncode == 0
    (folder / "orders.csv").write_text("id,amount,note\n4,1.5,x\n")
    orders, copy, verdict = conduit("plan", cwd=folder).stdout.split("\n\n")
    assert "  drift      since the last load: 1 added (note)\n" in orders
    assert '  runs       ALTER TABLE "main"."orders" ADD COLUMN "note" VARCHAR\n' in orders
    size = (folder / "lake.csv").stat().st_size
    assert f"  replaces   {size} B that are there: the refresh throws it away\n" in copy
    assert verdict == "! 2 resources, 1 with a change of structure, 1 that throws data away. Nothing was done.\n"


def test_the_exit_code_tells_when_it_is_asked_to(folder: Path) -> None:
    assert conduit("plan", "orders", "--exit-code", cwd=folder).returncode == 5
    conduit("run", "--no-progress", cwd=folder)
    assert conduit("plan", "orders", "--exit-code", cwd=folder).returncode == 0
    assert conduit("plan", "copy", cwd=folder).returncode == 0
    assert conduit("plan", "copy", "--exit-code", cwd=folder).returncode == 5
    assert conduit("plan", "copy", "--exit-code", "--offline", cwd=folder).returncode == 0
    (folder / "orders.csv").unlink()
    assert conduit("plan", "--exit-code", cwd=folder).returncode == 1


def test_json_is_the_plan_and_nothing_else(folder: Path) -> None:
    done = conduit("plan", "orders", "--json", cwd=folder)
    plan = json.loads(done.stdout)
    assert (plan["changes"], [resource["name"] for resource in plan["resources"]]) == (True, ["orders"])
    assert plan["resources"][0]["losses"][0]["then"] == "reject"
    assert done.stderr == ""


def test_an_unknown_resource_gets_the_nearest_and_a_file_its_option(folder: Path) -> None:
    near = conduit("plan", "oders", cwd=folder)
    assert (near.returncode, near.stderr.splitlines()[1]) == (2, "  → Did you mean 'orders'?")
    file = conduit("plan", "other.yml", cwd=folder)
    assert (file.returncode, file.stderr.splitlines()[1]) == (2, "  → Name the configuration with --file other.yml")


def test_colour_is_for_terminals(folder: Path) -> None:
    assert "\x1b[" not in conduit("plan", cwd=folder).stdout
    code, shown = on_terminal([*CONDUIT, "plan"], cwd=folder, columns=100)
    assert (code, "\x1b[33m!" in shown) == (0, True)
    assert without_escapes(shown).replace("\r\n", "\n") == FIRST


def test_hostile_names_steer_no_terminal(folder: Path) -> None:
    (folder / "orders.csv").write_text('id,"a\x1b[31mb"\n1,2\n')
    done = conduit("plan", "copy", cwd=folder)
    assert "\x1b" not in done.stdout
    assert "a\\x1b[31mb int64" in done.stdout
