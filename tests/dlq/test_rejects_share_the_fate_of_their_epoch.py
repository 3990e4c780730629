"""Rejects are visible exactly when the rows beside them are: a crash at any point leaves neither half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conduit.dlq.layout import published_files, staged_files
from conduit.dlq.writer import DlqWriter
from conduit.errors import DestinationError

from .rejects import published, reasons, rows, writer

_LOAD = """
import sys
from pathlib import Path
from conduit.dlq.writer import DlqWriter
from tests.dlq.rejects import reasons, rows, writer

folder = Path(sys.argv[1])
dlq = writer(folder)
dlq.add_rejected(rows(5), reasons(5), partition="p")
dlq.stage()
DlqWriter.publish(folder, "t1")
"""


def _load(folder: Path, fault: str) -> int:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "CONDUIT_FAULT": fault, "PYTHONPATH": str(root)}
    return subprocess.run([sys.executable, "-c", _LOAD, str(folder)], env=environment, cwd=root).returncode


def test_nothing_is_written_without_rejects(tmp_path: Path) -> None:
    folder = tmp_path / "dlq" / "orders" / "run"
    dlq = writer(folder)
    dlq.add_rejected(rows(0), reasons(0), partition="p")
    assert dlq.stage() == ()
    DlqWriter.publish(folder, "t1")
    DlqWriter.drop(folder, "t1")
    assert list(tmp_path.iterdir()) == []


def test_rejects_are_hidden_until_they_are_published(tmp_path: Path) -> None:
    dlq = writer(tmp_path)
    dlq.add_rejected(rows(3), reasons(3), partition="p")
    (staged,) = dlq.stage()
    assert Path(staged).name == ".staged-t1-0001.parquet"
    assert published_files(tmp_path) == []
    for _ in range(2):
        DlqWriter.publish(tmp_path, "t1")
        assert [path.name for path in published_files(tmp_path)] == ["t1-0001.parquet"]


def test_dropped_rejects_are_gone_with_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    dlq = writer(folder)
    dlq.add_rejected(rows(3), reasons(3), partition="p")
    dlq.stage()
    for _ in range(2):
        DlqWriter.drop(folder, "t1")
        assert not folder.exists()


def test_an_epoch_touches_no_other_ones_rejects(tmp_path: Path) -> None:
    """One token may begin like another."""
    for token in ("t1", "t1-0001", "t11"):
        dlq = writer(tmp_path, token)
        dlq.add_rejected(rows(1), reasons(1), partition="p")
        dlq.stage()
    DlqWriter.publish(tmp_path, "t1")
    assert [path.name for path in published_files(tmp_path)] == ["t1-0001.parquet"]
    DlqWriter.drop(tmp_path, "t1-0001")
    assert [path.name for path in staged_files(tmp_path, "t11")] == [".staged-t11-0001.parquet"]


@pytest.mark.parametrize(("fault", "visible"), [("dlq.staged", 0), ("dlq.published", 5)])
@pytest.mark.parametrize("landed", [True, False])
def test_after_a_kill_another_process_settles_the_rejects(
    tmp_path: Path, fault: str, visible: int, landed: bool
) -> None:
    assert _load(tmp_path, fault) == -signal.SIGKILL
    assert len(published(tmp_path)) == visible
    if landed:
        DlqWriter.publish(tmp_path, "t1")
    elif fault == "dlq.staged":
        DlqWriter.drop(tmp_path, "t1")
    assert len(published(tmp_path)) == (5 if landed else visible)
    assert staged_files(tmp_path, "t1") == []


def test_a_folder_that_cannot_be_written_fails_the_load_and_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    dlq = writer(blocked / "run")
    dlq.add_rejected(rows(1), reasons(1), partition="p")
    with pytest.raises(DestinationError, match="could not be written") as caught:
        dlq.stage()
    assert str(blocked / "run") in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
def test_a_full_disk_fails_the_load_and_is_named(tmp_path: Path) -> None:
    code = f"""
import os, resource, signal, sys
from pathlib import Path
from conduit.errors import DestinationError
from tests.dlq.rejects import reasons, rows, writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
dlq = writer(Path({str(tmp_path)!r}))
try:
    for start in range(0, 500_000, 50_000):
        dlq.add_rejected(rows(50_000, start), reasons(50_000), partition="p")
    dlq.stage()
except DestinationError as failed:
    sys.exit(0 if {str(tmp_path)!r} in str(failed) else 3)
sys.exit(4)
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    assert done.returncode == 0
