"""A full disk fails a load cleanly: the path is named, the old rows stay, nothing staged is left, and it can go on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from .destinations import MODES, PLACES, Place
from .runs import conduit_run
from .scene import Scene

ROOM = 1 << 20
# Text that does not compress well, far more than there is room for.
LARGE = [(i, sha256(b"%d" % i).hexdigest(), i * 0.25, "ab"[i % 2]) for i in range(60_000)]
NO_MOUNT = "needs the right to mount a tmpfs"
# By default each destination in one mode, by turns; the other half with `-m slow`.
CELLS = [
    pytest.param(place, mode, id=f"{place.name}-{mode}".replace(" ", "_"), marks=[pytest.mark.slow] * ((i + j) % 2))
    for i, place in enumerate(PLACES)
    for j, mode in enumerate(MODES)
]


@pytest.fixture
def scene(place: Place, mode: str, tmp_path: Path) -> Iterator[Scene]:
    """A scene whose `lake/` is a disk with little room."""
    scene = Scene(place, mode, tmp_path)
    kept = tmp_path / "kept"
    scene.lake.rename(kept)
    scene.lake.mkdir()
    size = ROOM + sum(-(-path.stat().st_size // 4096) * 4096 for path in kept.rglob("*"))
    if not shutil.which("mount") or _mount(scene.lake, f"size={size}").returncode:
        pytest.skip(NO_MOUNT)
    try:
        shutil.copytree(kept, scene.lake, dirs_exist_ok=True)
        yield scene
    finally:
        subprocess.run(["umount", "-l", scene.lake], check=True)


def _mount(folder: Path, options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True)


@pytest.mark.parametrize(("place", "mode"), CELLS)
def test_a_disk_that_fills_up_fails_the_run_and_changes_nothing(scene: Scene, place: Place, mode: str) -> None:
    scene.fill(LARGE)
    failed = conduit_run(scene.folder)
    assert failed.code == 1
    assert failed.status == "failed"
    assert "lake/" in failed.error
    assert scene.rows() == scene.before
    _require_settled(scene)
    assert not _staged(scene)
    subprocess.run(["mount", "-o", "remount,size=64m", scene.lake], check=True)
    assert conduit_run(scene.folder).status == "ok"
    assert scene.rows() == (scene.before + scene.source if mode == "append" else scene.source)
    assert place.strays(scene.lake) == []


@pytest.mark.parametrize(
    ("mode", "point"),
    [
        ("append", "stage.batch:2"),
        ("full_refresh", "stage.batch:2"),
        ("append", "stage.finished"),
        ("append", "commit.before"),
        ("full_refresh", "commit.recorded"),
        ("append", "dlq.staged"),
    ],
)
@pytest.mark.parametrize("kind", ["full", "raise"])
def test_an_error_of_the_disk_before_the_commit_is_undone(mode: str, point: str, kind: str, tmp_path: Path) -> None:
    """Works where nothing can be mounted, and reaches moments at which no real disk is made to fill up."""
    scene = Scene(PLACES[0], mode, tmp_path)
    nth = point if ":" in point else f"{point}:1"
    failed = conduit_run(tmp_path, fault=f"{nth}:{kind}")
    assert (failed.code, failed.status) == (1, "failed")
    if point != "dlq.staged":
        assert "lake/out" in failed.error
    assert scene.rows() == scene.before
    assert not _staged(scene)
    _require_settled(scene)
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows() == (scene.before + scene.source if mode == "append" else scene.source)


@pytest.mark.parametrize(
    ("mode", "point"),
    [("append", "commit.recorded"), ("append", "commit.renamed:2"), ("append", "commit.carried"),
     ("full_refresh", "commit.renamed"), ("full_refresh", "commit.after"), ("append", "commit.after")],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["full", "raise"])
def test_an_error_of_the_disk_after_the_point_of_no_return_is_not_a_failure(
    mode: str, point: str, kind: str, tmp_path: Path
) -> None:
    scene = Scene(PLACES[0], mode, tmp_path)
    nth = point if ":" in point else f"{point}:1"
    run = conduit_run(tmp_path, fault=f"{nth}:{kind}")
    assert (run.code, run.status) == (0, "ok")
    assert scene.rows() == (scene.before + scene.source if mode == "append" else scene.source)
    assert PLACES[0].strays(scene.lake) == []
    _require_settled(scene)


@pytest.mark.parametrize("ending", ["epoch.aborted", "epoch.aborted:1:raise"])
def test_what_cannot_be_removed_now_is_removed_by_the_next_run(ending: str, tmp_path: Path) -> None:
    """The run dies, or fails again, while it undoes a load that failed."""
    scene = Scene(PLACES[0], "append", tmp_path)
    failed = conduit_run(tmp_path, fault=f"stage.batch:2:full,{ending}")
    if failed.code == 1:
        assert "No space left" in failed.error
    assert scene.rows() == scene.before
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows() == scene.before + scene.source
    assert not _staged(scene)
    _require_settled(scene)


def test_a_commit_that_was_taken_for_failed_is_found_by_the_next_run(tmp_path: Path) -> None:
    """The disk errs in the commit and again when its outcome is looked for: unknown is not failed."""
    scene = Scene(PLACES[0], "append", tmp_path)
    run = conduit_run(tmp_path, fault="commit.renamed:1:raise,commit.renamed:2:raise")
    assert (run.code, run.status) == (1, "failed")
    assert "loads nothing twice" in run.error
    again = conduit_run(tmp_path)
    assert again.status == "recovered"
    assert scene.rows() == scene.before + scene.source
    assert conduit_run(tmp_path).status == "ok"
    assert scene.rows() == scene.before + scene.source + scene.source


def test_such_a_commit_is_remembered_though_the_next_run_dies_after_finding_it(tmp_path: Path) -> None:
    scene = Scene(PLACES[0], "append", tmp_path)
    assert conduit_run(tmp_path, fault="commit.renamed:1:raise,commit.renamed:2:raise").status == "failed"
    conduit_run(tmp_path, fault="recovery.settled")
    assert conduit_run(tmp_path).status == "recovered"
    assert scene.rows() == scene.before + scene.source


@pytest.mark.parametrize("place", [PLACES[0]])
@pytest.mark.parametrize("mode", ["append"])
def test_a_state_on_the_full_disk_too_leaves_rows_and_state_consistent(scene: Scene, place: Place, mode: str) -> None:
    scene.fill(LARGE)
    (scene.folder / "ingest.yml").write_text((scene.folder / "ingest.yml").read_text() + "state_dir: lake/.state\n")
    failed = conduit_run(scene.folder)
    assert failed.code == 1
    assert scene.rows() == scene.before
    subprocess.run(["mount", "-o", "remount,size=64m", scene.lake], check=True)
    assert conduit_run(scene.folder).status == "ok"
    assert scene.rows() == scene.before + scene.source


def _require_settled(scene: Scene) -> None:
    assert scene.state("SELECT state FROM epochs WHERE state IN ('staging', 'intended')") == []
    assert scene.state("SELECT status FROM runs WHERE status = 'running'") == []
    assert scene.state("SELECT resource FROM leases WHERE run_id IS NOT NULL") == []


def _staged(scene: Scene) -> list[str]:
    return [name for name in scene.place.strays(scene.lake) if not name.endswith(".wal")]
