"""A replay sends what is left through the same checks to the same place, books it, and never sends it twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from conduit.dlq.catalog import find_runs
from conduit.dlq.overview import overviews_of
from conduit.errors import ConfigError, QualityError
from conduit.state.replays import replayed_in

from .project import LIMIT, Rejecting, books


def _left(scene: Rejecting) -> list[tuple[int, int, int]]:
    """Rejects, replayed and left of each run, the oldest first."""
    found = overviews_of(find_runs([scene.state_dir / "dlq"]), None, replayed_in(scene.state_dir))
    return [(one.rows, one.replayed, one.left) for one in reversed(found)]


def test_what_passes_now_is_added_and_nothing_is_left(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    assert books(scene.load()) == (5, 1, 4)
    scene.configure(bound=1000)
    replayed = scene.replay()
    assert books(replayed) == (3, 3, 0)
    assert any("never be parsed" in notice for notice in replayed.notices)
    assert scene.loaded() == Counter([1, 2, 3, 5])
    assert _left(scene) == [(4, 3, 1)]
    again = scene.replay()
    assert books(again) == (0, 0, 0)
    assert "Nothing is left to replay." in again.notices
    assert scene.loaded() == Counter([1, 2, 3, 5])


def test_what_is_rejected_again_is_a_reject_of_the_new_run_with_its_first_place(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    scene.configure(bound=250)
    assert books(scene.replay()) == (3, 1, 2)
    assert _left(scene) == [(4, 3, 1), (2, 0, 2)]
    scene.configure(bound=400)
    assert books(scene.replay()) == (2, 1, 1)
    scene.configure(bound=1000)
    assert books(scene.replay()) == (1, 1, 0)
    assert scene.loaded() == Counter([1, 2, 3, 5])
    assert [left for _, _, left in _left(scene)] == [1, 0, 0]
    again = find_runs([scene.state_dir / "dlq"])[0]
    row = duckdb.sql(f"SELECT file, line FROM '{again.files[0]}'").fetchall()
    assert row == [(str(tmp_path / "in.csv"), 6)]


def test_a_run_a_check_or_a_code_is_replayed_alone(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.configure(checks=LIMIT % 100 + ", {column: name, check: regex, pattern: '^[ab]$', action: dlq}")
    scene.fill("id,name,n\n1,a,200\n2,z,1\n")
    first = scene.load()
    scene.load()
    scene.configure(bound=1000)
    run_id = find_runs([scene.state_dir / "dlq"], run="last")[0].run_id
    assert books(scene.replay(run=run_id, check="regex(name)")) == (1, 1, 0)
    assert books(scene.replay(run=run_id, check="range")) == (1, 1, 0)
    assert books(scene.replay(run=run_id)) == (0, 0, 0)
    assert scene.loaded() == Counter([1, 2])
    assert books(scene.replay()) == (2, 2, 0)
    assert scene.loaded() == Counter([1, 2, 1, 2])
    assert first.accounting.rejected == 2


def test_rows_that_a_cast_or_the_destination_rejected_go_through_it_again(tmp_path: Path) -> None:
    """They have other types than rows that a check rejected, and lie in files of their own."""
    scene = Rejecting(
        tmp_path,
        rows="id,name,n\n1,a,1\n2,b,x\n3,cc,300\n4,d,40000\n",
        columns="id: int64, name: string, n: string",
        extra=", cast: {n: int64}",
        destination="type: duckdb, path: out.duckdb",
    )
    scene.configure(checks="{column: name, check: length, max: 1, action: dlq}")

    def run_sql(query: str) -> list[tuple[int, ...]]:
        with duckdb.connect(str(tmp_path / "out.duckdb")) as connection:
            return connection.execute(query).fetchall()

    run_sql("CREATE TABLE orders (id BIGINT, name VARCHAR, n SMALLINT)")
    assert books(scene.load()) == (4, 1, 3)
    scene.configure(checks="")
    assert books(scene.replay()) == (3, 1, 2)
    run_sql("ALTER TABLE orders ALTER n TYPE INTEGER")
    assert books(scene.replay()) == (2, 1, 1)
    assert run_sql("SELECT id, n FROM orders ORDER BY id") == [(1, 1), (3, 300), (4, 40000)]


def test_renamed_and_chosen_columns_are_not_renamed_twice(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, extra=", columns: [id, n], rename: {n: m}")
    scene.configure(checks=(LIMIT % 100).replace("column: n", "column: m"))
    scene.fill("id,name,n\n1,a,1\n2,b,200\n")
    assert books(scene.load()) == (2, 1, 1)
    scene.configure(checks=(LIMIT % 1000).replace("column: n", "column: m"))
    assert books(scene.replay()) == (1, 1, 0)
    assert scene.loaded() == Counter([1, 2])


def test_an_upsert_stays_an_upsert(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, destination="type: duckdb, path: out.duckdb", extra=", mode: upsert, unique_key: [id]")
    scene.fill("id,name,n\n1,a,1\n2,b,2\n")
    scene.load()
    scene.fill("id,name,n\n2,new,200\n")
    scene.load()
    scene.configure(bound=1000)
    assert books(scene.replay()) == (1, 1, 0)
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        rows = connection.sql("SELECT id, name, n FROM orders ORDER BY id").fetchall()
    assert rows == [(1, "a", 1), (2, "new", 200)]


def test_a_refreshed_destination_is_added_to_and_not_replaced(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, extra=", mode: full_refresh")
    scene.load()
    scene.configure(bound=1000)
    assert books(scene.replay()) == (3, 3, 0)
    assert scene.loaded() == Counter([1, 2, 3, 5])


def test_a_destination_that_can_only_be_refreshed_is_refused_with_what_to_do(tmp_path: Path) -> None:
    from conduit.config.load import load_project
    from conduit.connectors.parquet import ParquetDestination
    from conduit.core.spec import WriteMode
    from conduit.engine.replay import Replay, Selection

    class Snapshot(ParquetDestination):
        spec = type(ParquetDestination.spec)(
            "snapshot", "x", frozenset({WriteMode.FULL_REFRESH}), ParquetDestination.spec.commit
        )

    scene = Rejecting(tmp_path, extra=", mode: full_refresh")
    project = load_project(scene.folder / "ingest.yml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("conduit.engine.replay.destination_class", lambda name: Snapshot)
        with pytest.raises(ConfigError, match="only be refreshed in full"):
            Replay(project.resource("orders"), Selection(), project.state_dir)


def test_a_check_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    scene.configure(checks=(LIMIT % 100).replace("dlq", "fail"))
    failed = scene.replay()
    assert isinstance(failed.error, QualityError)
    assert scene.loaded() == Counter([1])
    assert _left(scene) == [(4, 0, 4)]


def test_thresholds_that_are_about_loads_do_not_stop_a_replay(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, rows="id,name,n\n" + "1,a,1\n" * 98 + "2,b,200\n3,c,300\n")
    scene.configure(checks=(LIMIT % 100).replace("action", "max_failure_rate: 0.05, max_failures: 2, action"))
    assert books(scene.load()) == (100, 98, 2)
    assert books(scene.replay()) == (2, 0, 2)


def test_a_dry_run_tells_and_changes_nothing(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    scene.configure(bound=250)
    assert books(scene.replay(dry_run=True)) == (3, 1, 2)
    assert scene.loaded() == Counter([1])
    assert _left(scene) == [(4, 0, 4)]


def test_a_replay_is_a_run_of_its_own_and_leaves_interrupted_loads_to_loads(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path)
    scene.load()
    scene.replay()
    connection = sqlite3.connect(scene.state_dir / "state.db")
    connection.execute("UPDATE runs SET status = 'interrupted' WHERE kind = 'load'")
    connection.commit()
    assert connection.execute("SELECT kind FROM runs ORDER BY started_at").fetchall() == [("load",), ("replay",)]
    scene.configure(bound=1000)
    scene.replay()
    assert connection.execute("SELECT count(*) FROM resource_runs WHERE settled_by IS NOT NULL").fetchone() == (0,)
    scene.configure()
    assert scene.load().status == "recovered"
    connection.close()


def test_rejects_of_types_that_were_inferred_otherwise_come_to_the_latest_ones(tmp_path: Path) -> None:
    scene = Rejecting(tmp_path, columns="id: string, name: string, n: int64")
    scene.fill("id,name,n\n7,a,200\nseven,a,200\n")
    scene.load()
    scene = Rejecting(tmp_path, rows="id,name,n\n8,a,200\n")
    scene.load()
    scene.configure(bound=1000)
    assert books(scene.replay()) == (3, 2, 1)
    assert scene.loaded() == Counter(["7", "8"])
