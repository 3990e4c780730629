"""Before other people's code is imported, a process must not decide what that code will find."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.config.load import load_project
from conduit.errors import ConfigError

CONFIG = """\
sources:
  - {name: orders, type: SOURCE, path: orders.csv}
destinations:
  - {name: lake, type: DESTINATION, path: lake/}
resources:
  - {name: orders, source: orders, destination: lake}
"""


def _told(text: str, folder: Path) -> list[str]:
    """What is told while the configuration is read; that it may be wrong otherwise does not matter here."""
    file = folder / "ingest.yml"
    file.write_text(text)
    told: list[str] = []
    try:
        load_project(file, if_all_ours=lambda: told.append("ours"), environment={"KIND": "acme"})
    except ConfigError:
        told.append("refused")
    return told


def test_a_file_with_nothing_but_our_connectors_is_told_once(tmp_path: Path) -> None:
    assert _told(CONFIG.replace("SOURCE", "csv").replace("DESTINATION", "parquet"), tmp_path) == ["ours"]


@pytest.mark.parametrize(
    ("source", "destination"), [("acme", "parquet"), ("csv", "acme"), ("${KIND}", "csv"), ("3", "csv")]
)
def test_a_connector_that_is_not_ours_is_not_told(source: str, destination: str, tmp_path: Path) -> None:
    assert _told(CONFIG.replace("SOURCE", source).replace("DESTINATION", destination), tmp_path) == ["refused"]


def test_a_plugin_is_not_told(tmp_path: Path) -> None:
    ours = CONFIG.replace("SOURCE", "csv").replace("DESTINATION", "parquet")
    assert "ours" not in _told(ours + "plugins: [checks.py]\n", tmp_path)
