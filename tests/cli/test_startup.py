"""Starting is part of the speed: looking something up must not pay for the machinery of a load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .processes import environ

HEAVY = {"polars", "duckdb", "pyarrow", "pydantic", "rich", "yaml", "numpy", "pandas"}
UNUSED_BY_A_SMALL_LOAD = {
    "duckdb", "fsspec", "pandas", "polars", "rich", "stamina", "tenacity", "asyncio",
    "pyarrow.dataset", "pyarrow.pandas_compat", "conduit.quality.model", "conduit.quality.profile.counter",
    "conduit.cli.progress.live", "conduit.api",
}  # fmt: skip

_LOADED = """
import json, sys
from conduit.cli.main import main
try:
    main.main(sys.argv[1:], prog_name="conduit")
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""


def _loaded_by(*arguments: str, cwd: Path | None = None) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environ({}),
        cwd=cwd,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["connectors", "--help"],
        ["dlq", "--help"],
        ["schema", "--help"],
        ["dlq", "replay", "--help"],
        ["plan", "--help"],
        ["validate", "--help"],
        ["schema-compare", "--help"],
        ["rnu"],
    ],
    ids=" ".join,
)
def test_looking_something_up_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not _loaded_by(*arguments) & HEAVY


def test_the_help_of_the_whole_imports_no_command() -> None:
    assert [name for name in _loaded_by("--help") if name.startswith("conduit.cli.commands")] == []


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_small_load_imports_nothing_that_it_does_not_use(ending: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,day,amount,note\n1,2024-01-31,1.5,\n2,2024-02-29,-2.25,"a, b"\n')
    (tmp_path / "ingest.yml").write_text(
        "sources: [{name: in, type: csv, path: in.csv}]\n"
        f"destinations: [{{name: out, type: {ending}, path: out.{ending}}}]\n"
        "resources: [{name: rows, source: in, destination: out}]\n"
    )
    loaded = _loaded_by("run", cwd=tmp_path)
    assert (tmp_path / f"out.{ending}").exists()
    assert not loaded & UNUSED_BY_A_SMALL_LOAD


def test_garbage_is_collected_seldom_from_the_beginning() -> None:
    script = """
import atexit, gc
atexit.register(lambda: print(gc.get_threshold()[0]))
from conduit.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script, "--version"], capture_output=True, text=True, env=environ({}))
    assert int(done.stdout.splitlines()[-1]) > 50_000


def test_every_command_of_the_table_is_a_file_with_a_command() -> None:
    import click

    from conduit.cli.main import main

    context = click.Context(main)
    commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
    assert {name: command.name for name, command in commands.items() if command} == {name: name for name in main.table}
    assert main.get_command(context, "nothing") is None


def test_what_watches_a_run_starts_no_threads_that_would_take_its_signals() -> None:
    script = "import json, sys, conduit.cli.watching, conduit.engine.report; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ({}))
    assert not {*json.loads(done.stdout)} & {"pyarrow", "numpy", "polars", "duckdb"}
