"""Who has rejects must find them, understand them, correct them and be rid of them, from the terminal alone."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from conduit.cli.ages import age_text, parse_age
from conduit.errors import UsageError

from .processes import CONDUIT, conduit, on_terminal, without_escapes

CONFIG = """
sources: [{{name: files, type: csv, path: in.csv, delimiter: ",", header: true, columns: {{id: int64, n: int64}}}}]
destinations: [{{name: lake, type: parquet, path: out/}}, {{name: aside, type: duckdb, path: aside.duckdb}}]
dlq: {dlq}
resources:
  - {{name: orders, source: files, destination: lake, checks: [{{column: n, check: range, max: {bound}, action: dlq}}]}}
"""


def _configure(folder: Path, *, bound: int = 100, dlq: str = "{}") -> None:
    (folder / "ingest.yml").write_text(CONFIG.format(bound=bound, dlq=dlq))


@pytest.fixture
def folder(tmp_path: Path, loaded: Path) -> Path:
    """A folder in which a load has rejected four rows of five."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    (folder / "in.csv").write_text("id,name,n\n1,a,1\n2,b,200\n3,\x1b[31mred,300\nx,d,4\n5,e,500\n")
    _configure(folder)
    done = conduit("run", "--no-progress", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def _run_id(folder: Path) -> str:
    (run,) = (folder / ".conduit" / "dlq" / "orders").iterdir()
    return run.name


def test_the_list_has_a_line_for_each_run_with_counts_reasons_age_and_size(loaded: Path) -> None:
    done = conduit("dlq", "list", cwd=loaded)
    heading, line, _, total = done.stdout.splitlines()
    assert heading.split() == ["resource", "run", "rejects", "replayed", "left", "age", "size", "reasons"]
    assert line.split()[:6] == ["orders", _run_id(loaded), "4", "0", "4", "now"]
    assert line.endswith("range(n) 3, bad_value 1")
    assert total == "4 rejects, 4 left to replay, of which 1 could not be parsed and needs an edited file."


def test_the_list_as_json_has_everything(loaded: Path) -> None:
    (found,) = json.loads(conduit("dlq", "list", "--json", "--check", "range", cwd=loaded).stdout)
    assert (found["resource"], found["run_id"], found["rows"], found["left"]) == ("orders", _run_id(loaded), 3, 3)
    assert (found["reasons"], found["unparsed"]) == ({"range(n)": 3}, 0)


def test_rejects_are_shown_with_place_reason_value_and_row_and_steer_no_terminal(loaded: Path) -> None:
    _, heading, *rows = conduit("dlq", "show", "orders", cwd=loaded).stdout.splitlines()
    assert heading.split() == ["place", "reason", "value", "row"]
    assert rows[0].split(maxsplit=1) == ["in.csv:3", "n is more than 100              n = 200  id=2, name=b, n=200"]
    assert r"name=\x1b[31mred" in rows[1]
    assert rows[3].endswith("x,d,4")


def test_a_limit_says_how_many_more_there_are(loaded: Path) -> None:
    lines = conduit("dlq", "show", "--limit", "1", cwd=loaded).stdout.splitlines()
    assert len(lines) == 4
    assert lines[3].endswith("3 more rejects; see them with --limit, or export them.")


def test_shown_as_json_rows_are_whole_and_typed(loaded: Path) -> None:
    first, *_ = json.loads(conduit("dlq", "show", "--json", "--run", "last", cwd=loaded).stdout)
    assert first["row"] == {"id": 2, "name": "b", "n": 200}
    assert (first["file"], first["line"]) == (str(loaded / "in.csv"), 3)
    assert (first["replayed"], first["check"], first["value"]) == (False, "range(n)", "200")


@pytest.mark.parametrize("columns", [40, 60, 100, 200])
def test_no_line_is_wider_than_the_terminal(columns: int, loaded: Path) -> None:
    for command in (["list"], ["show"]):
        code, text = on_terminal([*CONDUIT, "dlq", *command], columns=columns, cwd=loaded)
        assert code == 0
        # A name that cannot be broken may stick out where the terminal is narrower than it.
        assert max(len(line) for line in without_escapes(text).splitlines()) <= max(columns, 50)


def test_the_state_folder_alone_is_enough_to_look_export_and_purge(folder: Path) -> None:
    (folder / "ingest.yml").unlink()
    assert "range(n) 3" in conduit("dlq", "list", cwd=folder).stdout
    assert "in.csv:3" in conduit("dlq", "show", cwd=folder).stdout
    assert conduit("dlq", "export", "-o", "e.csv", cwd=folder).returncode == 0
    assert "there is no configuration" in conduit("dlq", "replay", cwd=folder).stderr.lower()
    assert conduit("dlq", "purge", "--yes", cwd=folder).returncode == 0


def test_another_folder_can_be_named(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert "range(n) 3" in conduit("dlq", "list", "--file", str(folder), cwd=elsewhere).stdout
    assert "range(n) 3" in conduit("dlq", "list", cwd=elsewhere, CONDUIT_HOME=str(folder / ".conduit")).stdout
    nothing = conduit("dlq", "list", cwd=elsewhere)
    assert nothing.returncode == 2
    assert "neither" in nothing.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "order"], "Did you mean 'orders'?"),
        (["show", "orders", "--run", "1999"], "There is no run with rejects '1999'"),
        (["show", "orders", "-r", "other"], "Name one resource"),
        (["export", "-o", "e.xlsx"], "--format"),
        (["export", "-o", "in.csv"], "--force"),
        (["replay", "--from", "gone.csv"], "There is no file"),
        (["replay", "--from", "in.csv", "--check", "range"], "Leave out"),
        (["purge", "--older-than", "soon"], "30d"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(arguments: list[str], said: str, folder: Path) -> None:
    done = conduit("dlq", *arguments, cwd=folder)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_beginning_of_a_run_is_enough_unless_several_begin_so(folder: Path) -> None:
    runs = folder / ".conduit" / "dlq" / "orders"
    shutil.copytree(runs / _run_id(folder), runs / "20000101T000000-aaaa")
    shutil.copytree(runs / "20000101T000000-aaaa", runs / "20000101T000000-aabb")
    assert "20000101T000000-aaaa" in conduit("dlq", "list", "--run", "20000101T000000-aaa", cwd=folder).stdout
    several = conduit("dlq", "list", "--run", "2000", cwd=folder)
    assert several.returncode == 2
    assert "20000101T000000-aabb" in several.stderr


def test_an_export_is_corrected_and_replayed_and_said_to_be(folder: Path) -> None:
    told = conduit("dlq", "export", "orders", "-o", "e.csv", cwd=folder).stdout
    assert "4 rejects of orders" in told
    assert "conduit dlq replay orders --from e.csv" in told
    text = (folder / "e.csv").read_text()
    assert text.splitlines()[0].startswith("id,name,n,_dlq_id,_dlq_resource,_dlq_run,_dlq_file,_dlq_line,")
    (folder / "e.csv").write_text(text.replace("2,b,200", "2,b,20").replace("\n,,,", "\n4,d,4,"))
    done = conduit("dlq", "replay", "orders", "--from", "e.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "4 read = 2 written + 2 rejected" in done.stdout
    listed = json.loads(conduit("dlq", "list", "--json", cwd=folder).stdout)
    assert sorted((one["rows"], one["replayed"], one["left"]) for one in listed) == [(2, 0, 2), (4, 4, 0)]
    shown = conduit("dlq", "show", "--run", _older(folder), cwd=folder, PYTHONUTF8="1").stdout
    assert shown.count("✓ ") == 4


def _older(folder: Path) -> str:
    listed = json.loads(conduit("dlq", "list", "--json", cwd=folder).stdout)
    return str(next(one["run_id"] for one in listed if one["replayed"]))


def test_a_replay_reports_like_a_run(folder: Path) -> None:
    _configure(folder, bound=1000)
    done = conduit("dlq", "replay", "--json", "--no-progress", cwd=folder)
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["accounting"] == {"read": 3, "written": 3, "rejected": 0, "filtered": 0, "deduplicated": 0}
    connection = sqlite3.connect(folder / ".conduit" / "state.db")
    kinds = connection.execute("SELECT kind, json_extract(manifest, '$.accounting.written') FROM runs ORDER BY rowid")
    assert kinds.fetchall() == [("load", 1), ("replay", 3)]
    connection.close()


def test_a_purge_asks_and_takes_no_for_an_answer(folder: Path) -> None:
    code, text = on_terminal([*CONDUIT, "dlq", "purge"], cwd=folder, enter_after="[y/N]")
    assert code == 1
    assert "Remove 4 rejects of 1 run, 4 of them never replayed, for good?" in without_escapes(text)
    assert "Nothing was removed." in text
    assert _run_id(folder)


def test_without_a_terminal_a_purge_needs_yes(folder: Path) -> None:
    refused = conduit("dlq", "purge", cwd=folder)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    done = conduit("dlq", "purge", "--yes", "--json", cwd=folder)
    assert [one["rows"] for one in json.loads(done.stdout)] == [4]
    assert conduit("dlq", "list", cwd=folder).stdout == "There are no rejects.\n"


def test_only_what_is_old_or_wholly_replayed_goes(folder: Path) -> None:
    assert "nothing to remove" in conduit("dlq", "purge", "--older-than", "1d", "--yes", cwd=folder).stdout
    _configure(folder, bound=1000)
    conduit("dlq", "replay", cwd=folder)
    assert "nothing to remove" in conduit("dlq", "purge", "--replayed", "--yes", cwd=folder).stdout
    conduit("dlq", "export", "-o", "e.ndjson", cwd=folder)
    row = json.loads((folder / "e.ndjson").read_text())
    (folder / "e.ndjson").write_text(json.dumps({**row, "id": 4, "name": "d", "n": 4}))
    conduit("dlq", "replay", "--from", "e.ndjson", cwd=folder)
    assert "4 rejects of 1 run removed" in conduit("dlq", "purge", "--replayed", "--yes", cwd=folder).stdout


def test_rejects_of_a_load_that_is_not_settled_are_not_purged(folder: Path) -> None:
    (folder / ".conduit" / "dlq" / "orders" / _run_id(folder) / ".staged-t-0001.parquet").write_bytes(b"")
    done = conduit("dlq", "purge", "--yes", cwd=folder)
    assert "1 run left" in done.stdout
    assert _run_id(folder)


def test_a_resource_that_is_being_run_is_not_purged(folder: Path) -> None:
    connection = sqlite3.connect(folder / ".conduit" / "state.db")
    host = os.uname().nodename
    connection.execute("UPDATE leases SET run_id = 'r', host = ?, pid = ?, born = ''", (host, os.getpid()))
    connection.commit()
    connection.close()
    assert conduit("dlq", "purge", "--yes", cwd=folder).returncode == 75
    assert _run_id(folder)


def test_of_rejects_in_a_destination_it_is_said_where_they_are(folder: Path) -> None:
    shutil.rmtree(folder / ".conduit")
    _configure(folder, dlq="{destination: aside}")
    conduit("run", "--no-progress", cwd=folder)
    place = "the destination 'aside' (duckdb), table orders_rejects"
    assert place in " ".join(conduit("dlq", "list", cwd=folder).stdout.split())
    for command in (["show", "orders"], ["export", "orders", "-o", "e.csv"], ["purge", "orders"], ["replay", "orders"]):
        done = conduit("dlq", *command, cwd=folder)
        assert done.returncode == 2
        assert place in done.stderr


def test_ages_are_read_and_written() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2024, 5, 6, tzinfo=UTC)
    assert parse_age("30d") == timedelta(days=30)
    assert parse_age(" 12 H ") == timedelta(hours=12)
    assert [age_text(now - parse_age(text), now) for text in ("2w", "1d", "5h", "1m")] == [
        "14 days", "1 day", "5 hours", "1 minute",
    ]  # fmt: skip
    for wrong in ("", "d", "3", "-1d", "1y"):
        with pytest.raises(UsageError):
            parse_age(wrong)
