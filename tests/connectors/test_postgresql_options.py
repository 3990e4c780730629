"""A server is named by fields, a URI or a key=value string; the environment is not read, and no secret is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from conduit.connectors._lib.pg_options import Address
from conduit.connectors.postgresql import SOURCE
from conduit.errors import ConduitError
from conduit.sdk import ReadRequest, SourceError
from conduit.sdk.suites.reading import read_all

from ..servers.postgresql import Database, Server, running_server

CANARY = "s3cr3t-c4n4ry"


def address(**options: Any) -> Address:
    found: Address = SOURCE.options_model(table="t", **options).address()
    return found


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:p%40ss%2F1@db.example.com:6432/my%20shop?sslmode=require&application_name=nightly",
        "postgres://ann:p%40ss%2F1@db.example.com:6432/my%20shop?sslmode=require&application_name=nightly",
        (
            "host=db.example.com port=6432 dbname='my shop' user=ann password='p@ss/1' "
            "sslmode=require application_name=nightly"
        ),
        (
            "host = db.example.com port=6432 dbname=my\\ shop user=ann password=p@ss/1 "
            "sslmode=require application_name=nightly keepalives=1"
        ),
    ],
)
def test_a_connection_string_is_understood_as_libpq_does(text: str) -> None:
    found = address(connection_string=text)
    assert (found.host, found.port, found.database, found.user) == ("db.example.com", 6432, "my shop", "ann")
    assert (found.password, found.sslmode, found.application_name) == ("p@ss/1", "require", "nightly")


def test_fields_have_the_usual_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"):
        monkeypatch.setenv(name, "wrong")
    found = address()
    assert (found.host, found.port, found.database, found.user) == ("localhost", 5432, "postgres", "postgres")
    assert (found.password, found.sslmode) == ("", "prefer")
    assert str(address(host="::1", database="shop")) == "[::1]:5432/shop"


@pytest.mark.parametrize(
    "options",
    [
        {"connection_string": f"postgresql://u:{CANARY}@h/d", "host": "h"},
        {"connection_string": f"mysql://u:{CANARY}@h/d"},
        {"connection_string": f"postgresql://u:{CANARY}@h:port/d"},
        {"connection_string": f"postgresql://u:{CANARY}@h/d?strange=1"},
        {"connection_string": f"postgresql://u:{CANARY}@h1,h2/d"},
        {"connection_string": f"password={CANARY} nonsense"},
        {"connection_string": f"password='{CANARY} user=x"},
        {"connection_string": f"password={CANARY} sslmode=sometimes"},
        {"connection_string": f"password={CANARY} channel_binding=require"},
        {"connection_string": f"password={CANARY} port=many"},
        {"sslkey": "client.key", "password": CANARY},
    ],
)
def test_what_is_wrong_is_said_without_the_secret(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        address(**options)
    said = "; ".join(str(error["msg"]) for error in caught.value.errors())
    assert "connection_string" in said or "ssl" in said
    assert CANARY not in said


@pytest.mark.parametrize("options", [{}, {"table": "t", "query": "SELECT 1"}])
def test_exactly_one_of_table_and_query_is_given(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either `table` or `query`"):
        SOURCE.options_model(**options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": CANARY + "x"}, "assword authentication failed"),
        ({"user": "nobody_here"}, "assword authentication failed"),
        ({"database": "postgers"}, "Did you mean 'postgres'"),
        ({"host": "no.such.host.invalid"}, "name of the host is not known"),
        ({"port": 1}, "Nothing answers"),
        ({"sslmode": "require"}, "no TLS"),
        ({"table": "lost"}, "no table public.lost"),
        ({"table": None, "query": "SELECT 1/0"}, "Division by zero"),
    ],
)
def test_errors_name_the_place_and_the_remedy_and_never_the_password(
    guarded: Server, change: dict[str, Any], message: str
) -> None:
    options = {
        "host": "127.0.0.1", "port": guarded.port, "user": "ann", "password": CANARY, "database": "postgres",
        "table": "t", **change,
    }  # fmt: skip
    source = SOURCE(SOURCE.options_model(**options))
    with pytest.raises(ConduitError, match=message) as caught:
        read_all(source, ReadRequest())
    shown: list[str] = [str(caught.value), repr(source.options), str([*map(str, source.probe())])]
    cause: BaseException | None = caught.value
    while cause is not None:
        shown += [str(cause), repr(cause)]
        cause = cause.__cause__ or cause.__context__
    assert all(CANARY not in text for text in shown)
    assert caught.value.place
    source.close()


def test_tls_is_checked_as_far_as_it_is_asked_for(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    for name, host in (("server", "localhost"), ("other", "localhost")):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}",
             "-addext", f"subjectAltName=DNS:{host}", "-keyout", tmp_path / f"{name}.key",
             "-out", tmp_path / f"{name}.crt"],
            check=True, capture_output=True,
        )  # fmt: skip
    with running_server("15") as server:
        data = server.folder / "data"
        server.stop()
        for ending in ("crt", "key"):
            shutil.copy(tmp_path / f"server.{ending}", data / f"server.{ending}")
            owner = data.stat()
            os.chown(data / f"server.{ending}", owner.st_uid, owner.st_gid)
            (data / f"server.{ending}").chmod(0o600)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")
        server.start()

        def reads(host: str, **options: Any) -> int:
            source = SOURCE(
                SOURCE.options_model(
                    host=host,
                    port=server.port,
                    query="SELECT repeat('x', 100) FROM generate_series(1, 50000)",
                    **options,
                )
            )
            scan = source.scan(ReadRequest())
            assert "TLS" in next(probe.detail for probe in source.probe() if probe.name == "TLS")
            count = sum(m.data.num_rows for m in source.read(scan.partitions[0], ReadRequest(), None))  # type: ignore[union-attr]
            source.close()
            return count

        trusted, foreign = str(tmp_path / "server.crt"), str(tmp_path / "other.crt")
        assert reads("127.0.0.1") == reads("127.0.0.1", sslmode="require") == 50_000
        assert reads("localhost", sslmode="verify-full", sslrootcert=trusted) == 50_000
        assert reads("127.0.0.1", sslmode="verify-ca", sslrootcert=trusted) == 50_000
        for host, root in (("127.0.0.1", trusted), ("localhost", foreign), ("localhost", None)):
            with pytest.raises(SourceError, match="TLS failed"):
                reads(host, sslmode="verify-full", sslrootcert=root)


def test_a_configuration_loads_a_table_into_parquet(database: Database, tmp_path: Path) -> None:
    database.execute(
        "CREATE TABLE orders AS SELECT g AS id, (g / 3.0)::numeric(12,4) AS amount, 'text ' || g AS note, "
        "CASE WHEN g % 1000 = 7 THEN 'infinity' ELSE date '2024-01-01' + g % 300 END::date AS day "
        "FROM generate_series(1, 20000) g"
    )
    (tmp_path / "ingest.yml").write_text(
        "sources:\n"
        "  - {name: shop, type: postgres, connection_string: '${SHOP}', partitions: 3, table: orders}\n"
        "destinations: [{name: lake, type: parquet, path: lake}]\n"
        "resources:\n"
        "  - {name: orders, source: shop, destination: lake, columns: [id, amount, note, day], filter: id > 100}\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "conduit", "run"],
        cwd=tmp_path,
        env={**os.environ, "SHOP": database.uri, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "special_value" in ran.stdout + ran.stderr
    found = pq.read_table(tmp_path / "lake")
    expected = database.rows(
        "SELECT id, amount, note, day FROM orders WHERE id > 100 AND day <> 'infinity' ORDER BY id"
    )
    assert sorted(tuple(row.values()) for row in found.to_pylist()) == expected
    assert "19,900 read" in ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def guarded() -> Any:
    """A server that asks for passwords."""
    with running_server("15") as server:
        with server.connected() as connection:
            connection.execute(f"CREATE ROLE ann LOGIN PASSWORD '{CANARY}'")
            connection.execute("CREATE TABLE t (id integer)")
        rules = server.folder / "data" / "pg_hba.conf"
        rules.write_text("host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with server.connected() as connection:
            connection.execute("SELECT pg_reload_conf()")
        yield server
