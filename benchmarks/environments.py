"""The rivals' virtual environments: one where requirements clash, pinned, built by ``setup``."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks import cache as cached

PROGRAMS = Path(__file__).parent / "programs"
PINS = {"duckdb": "2.0.0", "polars": "2.1.0", "pyarrow": "26.0.1"}


class Missing(Exception):
    """An environment is not there; the message says how to build it."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A named environment and what is installed in it."""

    name: str
    requirements: tuple[str, ...]
    shown: tuple[str, ...]  # the packages whose versions the report names


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "fast",
            (*(f"{name}=={version}" for name, version in PINS.items()), "numpy", "tpchgen-cli==4.0.0"),
            ("polars", "duckdb", "pyarrow"),
        ),
        Environment(
            "dlt",
            ("dlt[duckdb,filesystem,parquet]==1.31.0", "pandas", "duckdb==2.0.0", "pyarrow==26.0.1"),
            ("dlt",),
        ),
        Environment(
            "postgres",
            (
                # The newest for which pip has the extension.
                *(f"{name}==1.5.5" for name in ("duckdb", "duckdb-extensions", "duckdb-extension-postgres")),
                "adbc-driver-postgresql==1.13.0",
                "pyarrow==26.0.1",
            ),
            ("duckdb", "adbc-driver-postgresql"),
        ),
        Environment("ingestr", ("ingestr==0.13.94",), ("ingestr",)),
        Environment("old", ("conduit-core==1.1.2",), ("conduit-core",)),
    )
}


def build(names: list[str]) -> dict[str, str]:
    """Build the environments that are missing; give a word on each: "ready", "built" or "failed: ..."."""
    told = {}
    for name in names:
        told[name] = "ready" if is_built(name) else _install(ENVIRONMENTS[name])
    python.cache_clear()
    return told


def is_built(name: str) -> bool:
    """Tell whether an environment was installed completely."""
    return _marker(name).is_file()


def _marker(name: str) -> Path:
    return cached.folder("envs") / name / "benchmark-requirements.txt"


def _install(environment: Environment) -> str:
    home = cached.folder("envs") / environment.name
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", *environment.requirements],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()
            return f"failed: {lines[-1] if lines else 'pip gave no reason'}"
    _marker(environment.name).write_text("\n".join(environment.requirements) + "\n", encoding="utf-8")
    return "built"


@cache
def python(name: str) -> Path:
    """Give the interpreter of an environment.

    ``here`` is the one that runs this benchmark. It stands in for ``fast`` when that was not built and the
    same libraries are installed here, so that a quick run needs no setup. Raises `Missing` otherwise.
    """
    if name == "here":
        return Path(sys.executable)
    if is_built(name):
        return cached.folder("envs") / name / "bin" / "python"
    if name == "fast" and set(versions_in(Path(sys.executable), tuple(PINS))) == set(PINS):
        return Path(sys.executable)
    raise Missing(f"environment {name!r} is not built: run `python -m benchmarks setup`")


def start(name: str, program: str) -> tuple[list[str], dict[str, str]]:
    """Give the arguments and variables that start one of programs/ there; raises `Missing`."""
    # The environments do not have this package installed: the path lets programs share their list of columns.
    return [str(python(name)), str(PROGRAMS / f"{program}.py")], {"PYTHONPATH": str(PROGRAMS.parent.parent)}


def run(name: str, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of programs/ to its end, unmeasured, its output captured; raises `Missing`."""
    argv, variables = start(name, program)
    environ = {**os.environ, **variables}
    return subprocess.run([*argv, *arguments], env=environ, capture_output=True, text=True, check=False)


def script(name: str, command: str) -> Path:
    """Give the path of a command installed in an environment; raises `Missing` when it is not there."""
    path = python(name).parent / command
    if not path.exists():
        raise Missing(f"the command {command!r} is not installed in the environment {name!r}")
    return path


def versions(name: str) -> dict[str, str]:
    """Give the versions of the packages that an environment is there for; empty when missing."""
    try:
        return versions_in(python(name), ENVIRONMENTS[name].shown)
    except Missing:
        return {}


@cache
def versions_in(interpreter: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """Ask an interpreter for package versions, leaving out what it does not have."""
    code = (
        "import sys\nfrom importlib.metadata import PackageNotFoundError, version\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, version(name))\n"
        "    except PackageNotFoundError: pass\n"
    )
    told = subprocess.run([str(interpreter), "-c", code, *packages], capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in told.splitlines())
