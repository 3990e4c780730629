"""The how-to's connector is real: its code runs, passes both suites, and is found through its entry points."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "how-to" / "write-a-connector.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The page's code blocks as the files that their first lines name."""
    blocks = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    assert {name for name, _ in blocks} == {"arrowfile.py", "test_arrowfile.py", "pyproject.toml"}
    return tmp_path


def run_python(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{project}{os.pathsep}{PROJECT}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_connector_passes_both_suites(project: Path) -> None:
    ran = run_python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml", ".")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"\d\d passed", ran.stdout)


def test_the_entry_points_are_found_by_name(project: Path) -> None:
    groups = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"]
    lines = [f"[{group}]\n" + "\n".join(f"{k} = {v}" for k, v in points.items()) for group, points in groups.items()]
    installed = project / "conduit_arrowfile-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: conduit-arrowfile\nVersion: 0.1.0\n")
    (installed / "entry_points.txt").write_text("\n".join(lines))
    ran = run_python(
        project,
        "-c",
        "from conduit import registry as r;"
        "print(r.source_class('arrowfile').__name__, r.destination_class('arrowfile').__name__)",
    )
    assert ran.stdout.split() == ["ArrowFileSource", "ArrowFileDestination"], ran.stderr


def test_the_page_names_every_attribute_that_an_author_may_set() -> None:
    from conduit.sdk.suites import DestinationSuite, SourceSuite

    settable = {
        name
        for suite in (SourceSuite, DestinationSuite)
        for base in suite.__mro__
        for name in vars(base).get("__annotations__", {})
    }
    assert {name for name in settable if f"`{name}`" not in PAGE.read_text()} == set()


def test_the_sdk_itself_does_not_import_pytest() -> None:
    """A connector at work must not need a test framework."""
    ran = run_python(PROJECT, "-c", "import sys, conduit.sdk; print('pytest' in sys.modules)")
    assert ran.stdout.strip() == "False", ran.stderr
