"""A PostgreSQL server of our own: loaded once into the cache, started when a contender needs it, stopped at the end."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.programs.columns import SCHEMAS

ADDRESS = "server.txt"
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_TYPES = {"int64": "bigint", "int32": "integer", "string": "text", "date32": "date"}
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "off", "max_wal_size": "4GB", "shared_buffers": "256MB",
}  # fmt: skip
_PATIENCE_SECONDS = 60


def load(csv: Path, schema: str, path: Path) -> None:
    """Make a cluster beside ``path`` with the file's rows as a table, and write ``path`` when it is complete."""
    cluster = path.parent / "cluster"
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(parents=True)
    owner = _owner()
    if owner:
        os.chown(cluster, owner["user"], owner["group"])
    initdb = [_program("initdb"), "-D", str(cluster / "data"), "-U", "postgres", "-A", "trust", "--locale=C.UTF-8"]
    subprocess.run([*initdb, "-E", "UTF8", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=cluster, **owner)
    uri = address(path)
    columns = ", ".join(
        f"{name} {kind.replace('decimal', 'numeric') if 'decimal' in kind else _TYPES[kind]}"
        for name, kind in SCHEMAS[schema].items()
    )
    for statement in (
        f"CREATE TABLE lineitem ({columns})",
        f"\\copy lineitem FROM '{csv}' WITH (FORMAT csv, HEADER)",
        "VACUUM (FREEZE, ANALYZE) lineitem",
        "CHECKPOINT",
    ):
        subprocess.run([_program("psql"), uri, "-qc", statement], check=True)
    path.write_text("the server's data is in the folder beside this file\n", encoding="utf-8")


def address(path: Path) -> str:
    """Give the URI of the server whose data lies beside ``path``; it runs until this process ends."""
    return _started(path.parent / "cluster")


@cache
def _started(cluster: Path) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {**_SETTINGS, "unix_socket_directories": str(cluster)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (cluster / "log").open("ab") as log:
        server = subprocess.Popen(
            [_program("postgres"), "-D", str(cluster / "data"), "-p", str(port), *options],
            stdout=log, stderr=log, cwd=cluster, start_new_session=True, **_owner(),
        )  # fmt: skip
    atexit.register(_stop, server)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while subprocess.run([_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"PostgreSQL does not start: {(cluster / 'log').read_text()[-500:]}")
        time.sleep(0.05)
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    server.wait(_PATIENCE_SECONDS)


def _program(name: str) -> str:
    if not _PROGRAMS:
        raise SystemExit("the PostgreSQL cases need its server: apt install postgresql")
    return str(_PROGRAMS[-1] / name)


def _owner() -> dict[str, Any]:
    """Give the user to run as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
