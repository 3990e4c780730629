"""Imports run one way, and looking something up pays for no library that moves data.

An import that points up is how a design is lost: one convenient line at a time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
HEAVY = {"pyarrow", "polars", "duckdb", "pandas"}

_REPORT = "\nimport sys; print(*sys.modules, file=sys.stderr)"
_COMMAND = """
from conduit.cli.main import main
try:
    main.main({arguments}, prog_name="conduit")
except SystemExit as ended:
    assert ended.code == 0, ended.code
"""


def test_the_layers_hold() -> None:
    """The contracts stand in pyproject.toml; `lint-imports` shows the chain of imports that breaks one."""
    checked = _python("-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_every_package_has_its_place_in_the_layers() -> None:
    """A layer that is named but gone would go unnoticed otherwise."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    named = {name.strip() for layer in layers for name in layer.split("|")}
    folder = PROJECT / "conduit"
    there = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    there |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert named == there


@pytest.mark.parametrize(
    "program",
    ["import conduit", _COMMAND.format(arguments=["--help"]), _COMMAND.format(arguments=["--version"])],
    ids=["import conduit", "conduit --help", "conduit --version"],
)
def test_starting_imports_no_library_that_moves_data(program: str) -> None:
    ran = _python("-c", program + _REPORT)
    assert ran.returncode == 0, ran.stderr
    imported = {name.partition(".")[0] for name in ran.stderr.split()}
    assert "conduit" in imported
    assert imported & HEAVY == set()


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
