"""The file itself: absent, empty, a folder, a device; and nothing in it depends on where Conduit is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.config.load import load_project
from conduit.errors import ConfigError

from .catalogue import VALID, Catalogue, load


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n", "\n\n"])
def test_an_empty_file_is_told_as_such(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"The file is empty|is a mapping with sources"):
        load(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml: There is no such file"):
        load_project(tmp_path / "nowhere.yml", connectors=Catalogue())


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_project(tmp_path, connectors=Catalogue())


def test_a_device_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as failed:
        load_project("/dev/zero", environment={}, connectors=Catalogue())
    assert "larger than" in failed.value.problems[0]


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="its name is not valid"):
        load_project("a\0b.yml", connectors=Catalogue())


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`conduit run elsewhere/ingest.yml` must read what `cd elsewhere; conduit run` reads."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "ingest.yml").write_text(VALID)
    monkeypatch.chdir(tmp_path)
    project = load_project("project/ingest.yml", environment={}, connectors=Catalogue())
    assert project.resources[0].source.options.model_dump()["path"] == str(folder / "data/orders.csv")
    assert project.directory == folder
    assert project.path == folder / "ingest.yml"
    assert project.resources[0].place == "project/ingest.yml:10:5"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("out/", "{folder}/out/"),
        ("./out.csv", "{folder}/out.csv"),
        ("../out.csv", "{folder}/../out.csv"),
        ("/srv/out.csv", "/srv/out.csv"),
        ("s3://bucket/out.csv", "s3://bucket/out.csv"),
        ("':memory:'", ":memory:"),
        ("~/out.csv", "{home}/out.csv"),
    ],
)
def test_only_relative_local_paths_are_moved(tmp_path: Path, written: str, expected: str) -> None:
    project = load(tmp_path, VALID.replace("lake/", written))
    path = project.resources[0].destination.options.model_dump()["path"]
    assert path == expected.format(folder=tmp_path, home=Path.home())


def test_each_path_of_a_list_is_moved(tmp_path: Path) -> None:
    project = load(tmp_path, VALID.replace("data/orders.csv", "[a.csv, /b.csv]"))
    assert project.resources[0].source.options.model_dump()["path"] == (f"{tmp_path}/a.csv", "/b.csv")


def test_the_state_stands_beside_the_file_unless_told_otherwise(tmp_path: Path) -> None:
    assert load(tmp_path, VALID).state_dir == tmp_path / ".conduit"
    assert load(tmp_path, VALID + "state_dir: var/state\n").state_dir == tmp_path / "var/state"
    moved = load(tmp_path, VALID + "state_dir: var/state\n", {"CONDUIT_HOME": "/srv/state"})
    assert moved.state_dir == Path("/srv/state")
