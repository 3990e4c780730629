"""Between a crash and the next run the world goes on: what the next run takes for loaded has to be loaded."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import CONDUIT

from .destinations import PLACES, Place
from .runs import conduit_run
from .scene import Scene, other_rows

PARQUET = PLACES[0]
BY_NAME = {place.name: place for place in PLACES}
PLACED = [pytest.param(BY_NAME[name], id=name.replace(" ", "_")) for name in ("parquet folder", "json file", "duckdb")]


@pytest.mark.parametrize("place", PLACED)
@pytest.mark.parametrize("point", ["epoch.staged", "epoch.committed", "run.finished"])
def test_new_data_is_loaded_beside_what_the_crashed_run_had_committed(point: str, place: Place, tmp_path: Path) -> None:
    scene = Scene(place, "append", tmp_path)
    first = scene.source
    assert conduit_run(tmp_path, fault=point).code == -signal.SIGKILL
    scene.fill(other_rows(5000))
    assert conduit_run(tmp_path).status == "ok"
    landed = scene.before + first if place.landed("append", point) else scene.before
    assert scene.rows() == landed + scene.source
    assert place.strays(scene.lake) == []


@pytest.mark.parametrize("place", PLACED)
def test_a_refresh_after_a_committed_one_shows_the_new_data_alone(place: Place, tmp_path: Path) -> None:
    scene = Scene(place, "full_refresh", tmp_path)
    assert conduit_run(tmp_path, fault="commit.after").code == -signal.SIGKILL
    scene.fill(other_rows(5000))
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows() == scene.source


def test_fresh_loads_again_what_the_crashed_run_had_committed(tmp_path: Path) -> None:
    scene = Scene(PARQUET, "append", tmp_path)
    assert conduit_run(tmp_path, fault="epoch.committed").code == -signal.SIGKILL
    assert conduit_run(tmp_path, "--fresh").status == "ok"
    assert scene.rows() == scene.before + scene.source + scene.source
    assert conduit_run(tmp_path).status == "ok"


def test_a_load_that_was_removed_after_the_crash_is_loaded_again(tmp_path: Path) -> None:
    scene = Scene(PARQUET, "append", tmp_path)
    assert conduit_run(tmp_path, fault="run.finished").code == -signal.SIGKILL
    shutil.rmtree(scene.lake / "out")
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows() == scene.source


def test_another_definition_of_the_resource_is_loaded_though_the_data_is_the_same(tmp_path: Path) -> None:
    scene = Scene(PARQUET, "append", tmp_path)
    assert conduit_run(tmp_path, fault="run.finished").code == -signal.SIGKILL
    scene.configure("append", extra=", filter: 'id < 11'")
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows().total() == scene.before.total() + scene.source.total() + 11


@pytest.mark.parametrize("place", PLACED)
def test_a_mode_that_changed_after_the_crash_leaves_nothing_of_the_old_load(place: Place, tmp_path: Path) -> None:
    scene = Scene(place, "append", tmp_path)
    assert conduit_run(tmp_path, fault="epoch.intended").code == -signal.SIGKILL
    scene.configure("full_refresh")
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows() == scene.source
    assert place.strays(scene.lake) == []


def test_a_refresh_of_a_file_removes_the_files_that_appends_had_put_beside_it(tmp_path: Path) -> None:
    scene = Scene(BY_NAME["parquet file"], "append", tmp_path)
    assert conduit_run(tmp_path).status == "ok"
    foreign = scene.lake / "out-of-nowhere.parquet"
    shutil.copy(scene.lake / "out.parquet", foreign)
    scene.configure("full_refresh")
    assert conduit_run(tmp_path, fault="commit.removed").code == -signal.SIGKILL
    assert conduit_run(tmp_path).status == "recovered"
    assert sorted(path.name for path in scene.lake.glob("out*")) == ["out-of-nowhere.parquet", "out.parquet"]
    foreign.unlink()
    assert scene.rows() == scene.source


def test_the_installed_command_recovers_as_well(tmp_path: Path) -> None:
    """The other tests fork from a process that has imported the libraries; this one starts from nothing."""
    scene = Scene(PARQUET, "append", tmp_path)
    command = [*CONDUIT, "run"]
    paths = os.pathsep.join(sys.path)
    dying = {**os.environ, "PYTHONPATH": paths, "CONDUIT_FAULT": "commit.renamed"}
    assert subprocess.run(command, cwd=tmp_path, env=dying, capture_output=True).returncode == -signal.SIGKILL
    again = subprocess.run(command, cwd=tmp_path, env={**dying, "CONDUIT_FAULT": ""}, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "it is not loaded twice" in " ".join(again.stdout.split())
    assert scene.rows() == scene.before + scene.source
