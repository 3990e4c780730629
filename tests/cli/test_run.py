"""The command as a user meets it: real files in, real files out, and an exit code that a script can trust."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conduit.state.database import Database
from conduit.state.lease import acquire, release

from .processes import CONDUIT, conduit, environ, on_terminal, without_escapes

CONFIG = """
sources:
  - {name: people_csv, type: csv, path: people.csv}
  - {name: gone_csv, type: csv, path: gone.csv}
destinations:
  - {name: lake, type: parquet, path: out/people.parquet, mode: full_refresh}
  - {name: other, type: parquet, path: out/gone.parquet, mode: full_refresh}
resources:
  - {name: people, source: people_csv, destination: lake}
  - {name: gone, source: gone_csv, destination: other}
"""

ENDLESS = """
sources:
  - {name: numbers, type: generate, rows: 1000000000000}
destinations:
  - {name: lake, type: parquet, path: out/}
resources:
  - {name: numbers, source: numbers, destination: lake}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    rows = "".join(f"{i},name {i}\n" for i in range(1000))
    (tmp_path / "people.csv").write_text(f"id,name\n{rows}")
    return tmp_path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_run_loads_and_says_so_on_stdout(project: Path) -> None:
    done = conduit("run", "-r", "people", cwd=project)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(project / "out" / "people.parquet").num_rows == 1000
    assert "✓ 1,000 read = 1,000 written + 0 rejected + 0 filtered + 0 deduplicated: the books balance." in done.stdout
    assert "people.parquet" in done.stdout.split("Data")[1]
    assert "people: ok: 1,000 read, 1,000 written" in done.stderr


def test_a_folder_is_its_ingest_file(project: Path) -> None:
    assert conduit("run", str(project), "--resource", "people").returncode == 0


def test_some_failing_resources_exit_4_and_the_others_are_loaded(project: Path) -> None:
    done = conduit("run", cwd=project)
    assert done.returncode == 4
    assert pq.read_table(project / "out" / "people.parquet").num_rows == 1000
    assert "gone.csv" in done.stdout
    assert "1 of 2 resources loaded" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_run_of_nothing_but_failures_exits_1(project: Path) -> None:
    done = conduit("run", "-r", "gone", cwd=project)
    assert done.returncode == 1
    assert "✗ gone CDT-201" in done.stdout


def test_an_unknown_resource_is_a_usage_error_with_the_nearest_name(project: Path) -> None:
    before = _files(project)
    done = conduit("run", "-r", "peopel", cwd=project)
    assert (done.returncode, done.stdout, _files(project)) == (2, "", before)
    assert "Did you mean 'people'?" in done.stderr


def test_a_wrong_configuration_is_a_usage_error_with_its_place(project: Path) -> None:
    (project / "ingest.yml").write_text(CONFIG.replace("type: csv, path: people.csv", "type: cvs, path: people.csv"))
    done = conduit("run", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ingest.yml:3:" in done.stderr
    assert "csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dry_run_reports_and_writes_nothing(project: Path) -> None:
    before = _files(project)
    done = conduit("run", "-r", "people", "--dry-run", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "1,000 read = 1,000 to write" in done.stdout
    assert "nothing was written" in done.stdout
    assert _files(project) == before


def test_json_is_events_and_a_report_and_nothing_else(project: Path) -> None:
    done = conduit("run", "-r", "people", "--json", cwd=project)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert (events[0]["event"], events[-1]["event"], events[-1]["status"]) == ("RunStarted", "RunReport", "ok")
    assert len({event["run_id"] for event in events}) == 1
    batches = [event for event in events if event["event"] == "BatchPassed"]
    assert sum(event["accounting"]["read"] for event in batches) == 1000
    assert "the books balance" in done.stderr


def test_a_check_that_fails_is_exit_3(project: Path) -> None:
    checked = "{name: people, source: people_csv, destination: lake, checks: [{check: range, column: id, max: 10}]}"
    config = CONFIG.replace("{name: people, source: people_csv, destination: lake}", checked)
    (project / "ingest.yml").write_text(config)
    done = conduit("run", "-r", "people", cwd=project)
    assert done.returncode == 3
    assert "Failed checks" in done.stdout
    assert "range(id)" in done.stdout
    assert not (project / "out" / "people.parquet").exists()


def test_rejected_rows_are_shown_with_their_reason_and_where_they_are_kept(project: Path) -> None:
    with open(project / "people.csv", "a") as file:
        file.write("1001,too,many,fields\n")
    done = conduit("run", "-r", "people", cwd=project)
    assert done.returncode == 0, done.stdout
    assert "1,001 read = 1,000 written + 1 rejected" in done.stdout
    kept = done.stdout.split("kept in ")[1].split("\n")[0].strip()
    assert (project / kept).exists()


def test_a_resource_that_another_process_runs_is_exit_75(project: Path) -> None:
    database = Database(project / ".conduit" / "state.db")
    lease = acquire(database, "people", "another-run")
    done = conduit("run", "-r", "people", cwd=project)
    assert done.returncode == 75
    assert f"process {os.getpid()}" in done.stdout
    release(database, lease)
    database.close()
    assert conduit("run", "-r", "people", cwd=project).returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_endless_load_stops_at_a_batch_and_leaves_nothing_visible(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    (tmp_path / "ingest.yml").write_text(ENDLESS)
    with subprocess.Popen(
        [*CONDUIT, "run", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ({}),
    ) as process:
        assert process.stdout is not None
        while '"BatchPassed"' not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        events, errors = process.communicate(timeout=60)
        assert process.returncode == code
    assert json.loads(events.splitlines()[-1])["status"] == "cancelled"
    assert f"{number.name}: stopping" in errors
    assert _files(tmp_path / "out") == []


def test_a_run_on_a_terminal_ends_in_the_same_summary(project: Path) -> None:
    code, written = on_terminal([*CONDUIT, "run", "-r", "people"], cwd=project)
    assert code == 0
    assert "the books balance" in without_escapes(written)


def test_a_small_run_imports_neither_rich_nor_what_it_does_not_use(project: Path) -> None:
    script = "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); " + CONDUIT[2]
    done = subprocess.run(
        [sys.executable, "-c", script, "run", "-r", "people"],
        cwd=project,
        capture_output=True,
        text=True,
        env=environ({}),
    )
    imported = set(done.stderr.splitlines()[-1].split())
    assert done.returncode == 0
    assert "pyarrow" in imported
    assert not imported & {"rich", "pandas", "asyncio", "fsspec", "stamina"}
