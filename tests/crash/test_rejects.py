"""Rejected rows share the fate of their load: source = destination + rejects, as multisets, whenever it dies."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .destinations import PLACES
from .runs import conduit_run
from .scene import Scene, other_rows

MALFORMED = ("x1,bad id,1.0,a", "7,too,many,fields,by far", "8,bad amount,much,b", "x1,bad id,1.0,a")
POINTS = (
    "slice.batch:3",
    "dlq.staged",
    "epoch.staged",
    "epoch.intended",
    "commit.before",
    "commit.recorded",
    "commit.after",
    "epoch.committed",
    "dlq.published",
    "epoch.published",
    "epoch.confirmed",
    "run.finished",
)


def _published(scene: Scene) -> Counter[bytes]:
    """The raw text of the rejects that somebody sees who looks into the folder."""
    files = [path for path in (scene.folder / ".conduit" / "dlq").rglob("*.parquet") if path.name[0] != "."]
    return Counter(raw.strip() for file in files for raw in pq.ParquetFile(file).read()["raw"].to_pylist())


def _hidden(scene: Scene) -> list[Path]:
    return [path for path in (scene.folder / ".conduit" / "dlq").rglob(".*") if path.is_file()]


@pytest.mark.parametrize("faults", [*((p,) for p in POINTS), ("dlq.staged", "recovery.aborted"),
                                    ("epoch.committed", "dlq.published"), ("epoch.committed", "recovery.published")],
                         ids="-".join)  # fmt: skip
def test_a_row_is_in_the_destination_or_among_the_rejects_and_never_in_both_or_twice(
    faults: tuple[str, ...], tmp_path: Path
) -> None:
    scene = Scene(PLACES[0], "append", tmp_path)
    scene.fill(other_rows(1), malformed=MALFORMED)
    expected = Counter(line.encode() for line in MALFORMED)
    for fault in faults:
        assert conduit_run(tmp_path, fault=fault).code == -signal.SIGKILL
        assert _published(scene) in (Counter(), expected)
    second = conduit_run(tmp_path)
    books = second.report["accounting"]
    assert (books["read"], books["written"], books["rejected"]) == (184, 180, 4)
    assert scene.rows() == scene.before + scene.source
    assert _published(scene) == expected
    assert _hidden(scene) == []
    third = conduit_run(tmp_path)
    assert third.status == "ok"
    assert scene.rows() == scene.before + scene.source + scene.source
    assert _published(scene) == expected + expected
