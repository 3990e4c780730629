"""Where two folders cannot be swapped in one step, the next run finishes the two renames that a crash cut apart."""

from __future__ import annotations

import signal
from pathlib import Path

from conduit.connectors._lib.exchange import exchange, finish_exchange, rename_to_free

from .destinations import PLACES
from .runs import conduit_run
from .scene import Scene


def test_a_folder_that_was_put_aside_and_not_yet_replaced_is_replaced(tmp_path: Path) -> None:
    scene = Scene(PLACES[0], "full_refresh", tmp_path)
    assert conduit_run(tmp_path, fault="commit.recorded").code == -signal.SIGKILL
    [new] = scene.lake.glob(".out.*.new")
    (scene.lake / "out").rename(new.with_suffix(".old"))
    assert conduit_run(tmp_path).status == "recovered"
    assert scene.rows() == scene.source
    assert PLACES[0].strays(scene.lake) == []


def test_two_folders_change_places(tmp_path: Path) -> None:
    new, current, aside = (tmp_path / name for name in ("new", "current", "aside"))
    for folder in (new, current):
        folder.mkdir()
        (folder / folder.name).touch()
    left = Path(exchange(str(new), str(current), str(aside)))
    assert [path.name for path in current.iterdir()] == ["new"]
    assert [path.name for path in left.iterdir()] == ["current"]
    assert not finish_exchange(str(new), str(current), str(aside))


def test_a_name_is_taken_only_when_it_is_free(tmp_path: Path) -> None:
    first, second, place = (tmp_path / name for name in ("first", "second", "place"))
    first.write_text("first")
    second.write_text("second")
    assert rename_to_free(str(first), str(place))
    assert not rename_to_free(str(second), str(place))
    assert (place.read_text(), second.read_text()) == ("first", "second")
