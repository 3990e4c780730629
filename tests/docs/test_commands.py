"""What a page tells its reader to do works, in that order, and prints what the page shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from .pages import PROJECT, Block, blocks_of

REHEARSED = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/tutorial/getting-started.md",
    "docs/how-to/evolve-schemas.md",
    "docs/how-to/infer-a-schema.md",
    "docs/how-to/load-a-folder-of-csv.md",
    "docs/how-to/plan-and-compare.md",
    "docs/how-to/run-in-ci-or-cron.md",
    "docs/how-to/use-from-a-notebook.md",
    "docs/how-to/write-to-duckdb-and-sqlite.md",
    "docs/reference/python-api.md",
)
# Steps that need a network or would run these tests again; `test_the_readme_...` looks at them.
_NOT_HERE = re.compile(r"^(python3 -m venv|\. \.venv/bin/activate|pip install|pytest)\b")
_INSTALL = "python3 -m venv .venv && . .venv/bin/activate && pip install -e "


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks like a clone, with `conduit` and `python` on its own path."""
    ignored = shutil.ignore_patterns("out", ".conduit")
    shutil.copytree(PROJECT / "fixtures" / "demo", tmp_path / "clone" / "fixtures" / "demo", ignore=ignored)
    programs = {"python": "", "conduit": "-c 'from conduit.cli.main import main; main(prog_name=\"conduit\")'"}
    (tmp_path / "bin").mkdir()
    for name, arguments in programs.items():
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        program.chmod(0o755)
    return tmp_path / "clone"


@pytest.mark.parametrize("page", REHEARSED)
def test_a_page_can_be_followed_to_its_end(page: str, clone: Path) -> None:
    steps = blocks_of(PROJECT / page)
    done = [block for block in steps if block.language in ("sh", "python") or block.file]
    printed = dict(zip(done, _rehearsed(done, clone), strict=True))
    since = ""
    for block in steps:
        since += printed.get(block, "")
        if block.language == "text" and since:
            assert _shows(block.text, since), f"{block} shows something else:\n{since}"
            since = ""


def test_the_readme_begins_with_two_commands_that_set_everything_up() -> None:
    """Each stands alone: in a fresh clone with nothing but Python, in this order or in another."""
    use, develop = [block.text.strip() for block in blocks_of(PROJECT / "README.md") if block.language == "sh"][:2]
    assert use == f"{_INSTALL}. && conduit run fixtures/demo"
    assert develop == f"{_INSTALL}'.[dev]' && pytest"
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert "dev" in project["optional-dependencies"]
    assert "conduit" in project["scripts"]


def test_the_ci_runs_the_tests_by_the_command_of_the_readme_and_last() -> None:
    """So that what it prints at last is the summary of the tests."""
    lines = (PROJECT / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "pytest"
    assert "set -euo pipefail" in lines
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)


def test_a_page_that_shows_another_output_is_noticed() -> None:
    printed = "✓ orders 6 4 2 12 ms 3,500\nmore\n✓ Done: 1 resource in 2.1 s · run 20250105T091500-7f3a2b1c\n"
    assert _shows("✓ orders   6   4   2   59 ms   102\n…\n✓ Done: 1 resource in 96 ms · run 20261231-1-a\n", printed)
    assert _shows("✓ Done: …\n", printed)
    assert not _shows("✓ orders   7   4   2   59 ms   102\n", printed)
    assert not _shows("✓ orders   6   4   2   59 ms   102\n✓ Done: …\n", printed)


def _rehearsed(steps: list[Block], clone: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "tests" / "docs" / "rehearse.py")],
        cwd=clone,
        input=json.dumps(
            [{"name": str(b), "language": b.language, "file": b.file, "text": _here(b)} for b in steps],
        ),
        env={
            **os.environ,
            "PATH": f"{clone.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "REHEARSAL": str(clone.parent),
            "COLUMNS": "110",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    printed: list[str] = json.loads(done.stdout)
    return printed


def _here(block: Block) -> str:
    """A block without the steps that are not rehearsed."""
    if block.language != "sh":
        return block.text
    lines = []
    for line in block.text.splitlines():
        steps = [step for step in line.split(" && ") if not _NOT_HERE.match(step)]
        lines.append(" && ".join(steps))
    return "\n".join(lines)


def _shows(shown: str, printed: str) -> bool:
    """Whether lines were printed; `…` stands for a part of a line, or alone for any lines. Times may differ."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in map(_timeless, shown.splitlines())
    )
    return re.search(f"^{pattern}", "".join(f"{_timeless(line)}\n" for line in printed.splitlines()), re.M) is not None


def _timeless(line: str) -> str:
    line = re.sub(r"\b[\d.,]+ (?:µs|ms|s)\b(?: [\d.,]+[kM]?$)?", "TIME", " ".join(line.split()))
    return re.sub(r"\brun [\w-]+$", "run ID", line)
