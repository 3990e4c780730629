"""Which server, as whom, how safely: by fields or by a connection string, resolved into one address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import model_validator

from conduit.sdk import Options, SecretStr, option

SslMode: TypeAlias = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]

_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?=\s|$)")
_MEANT = {
    "host": "host", "hostaddr": "host", "port": "port", "dbname": "database", "database": "database", "user": "user",
    "password": "password", "sslmode": "sslmode", "sslrootcert": "sslrootcert", "sslcert": "sslcert",
    "sslkey": "sslkey", "application_name": "application_name", "connect_timeout": "connect_timeout",
    "options": "options",
}  # fmt: skip
_HARMLESS = frozenset({
    "client_encoding", "fallback_application_name", "gssencmode", "keepalives", "keepalives_idle",
    "keepalives_interval", "keepalives_count", "tcp_user_timeout", "target_session_attrs",
})  # fmt: skip
_OWN = ("host", "port", "database", "user")


@dataclass(frozen=True, slots=True)
class Address:
    """Everything that opening a connection needs; `str()` says where it leads and holds no secret."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(default="", repr=False)
    sslmode: SslMode = "prefer"
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    application_name: str = "conduit"
    connect_timeout: float = 30.0
    statement_timeout: float = 0.0
    lock_timeout: float = 0.0
    options: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.database}"


class PgOptions(Options):
    """How to reach a PostgreSQL server. The environment's PG* variables are not looked at."""

    path_fields: ClassVar[tuple[str, ...]] = ("sslrootcert", "sslcert", "sslkey")

    connection_string: SecretStr | None = option(
        None,
        description="A URI or a `key=value` string instead of the single options, as libpq takes them.",
        example="postgresql://loader@db.example.com:5432/shop?sslmode=verify-full",
        aliases=("connection_string", "dsn", "uri", "url"),
    )
    host: str | None = option(
        None, description="The server's name or address, or the folder of its socket; localhost if unset.",
        example="db.example.com",
    )  # fmt: skip
    port: int | None = option(None, description="The server's port; 5432 if unset.", example=5432, ge=1, le=65535)
    database: str | None = option(
        None, description="The database; the user's name if unset.", example="shop", aliases=("database", "dbname")
    )
    user: str | None = option(
        None, description="The role to log in as; postgres if unset.", example="loader", aliases=("user", "username")
    )
    password: SecretStr | None = option(None, description="The role's password.", example="${PGPASSWORD}")
    sslmode: SslMode | None = option(
        None,
        description="TLS: `verify-full` checks certificate and name, `verify-ca` the certificate, `require` neither; "
        "`prefer`, which is meant if unset, goes without where the server has none.",
        example="verify-full",
    )
    sslrootcert: str | None = option(
        None, description="The certificates to trust; the system's if unset.", example="root.crt"
    )
    sslcert: str | None = option(None, description="The client's own certificate.", example="client.crt")
    sslkey: str | None = option(None, description="The key of the client's certificate.", example="client.key")
    application_name: str = option(
        "conduit", description="The name that the server's views show.", example="nightly", max_length=63
    )
    connect_timeout: float | None = option(
        None, description="How many seconds connecting may take; 30 if unset.", example=10, gt=0
    )
    statement_timeout: float = option(
        0, description="How many seconds one statement may take; 0 is for ever.", example=3600, ge=0
    )
    lock_timeout: float = option(
        60, description="How many seconds to wait for a lock of others; 0 is for ever.", example=10, ge=0
    )

    @model_validator(mode="after")
    def _one_address(self) -> PgOptions:
        if self.connection_string is not None:
            beside = [name for name in _OWN if getattr(self, name) is not None]
            if beside:
                raise ValueError(f"`connection_string` and `{beside[0]}` say the same; give one of them")
        if self.sslkey and not self.sslcert:
            raise ValueError("`sslkey` is the key of a certificate: give `sslcert` too")
        self.address()
        return self

    def address(self) -> Address:
        """Where to connect to. Raises ValueError, which repeats no value, for a connection string that is none."""
        given = parse_connection_string(self.connection_string.get_secret_value()) if self.connection_string else {}
        sslmode = self.sslmode or given.get("sslmode") or "prefer"
        if sslmode == "allow":
            sslmode = "prefer"
        if sslmode not in ("disable", "prefer", "require", "verify-ca", "verify-full"):
            raise ValueError("`sslmode` must be disable, prefer, require, verify-ca or verify-full")
        user = self.user or given.get("user") or "postgres"
        password = self.password.get_secret_value() if self.password else given.get("password", "")
        return Address(
            host=self.host or given.get("host") or "localhost",
            port=self.port or _number(given, "port") or 5432,
            database=self.database or given.get("database") or user,
            user=user,
            password=password,
            sslmode=sslmode,  # type: ignore[arg-type]  # the words were looked at above
            sslrootcert=self.sslrootcert or given.get("sslrootcert"),
            sslcert=self.sslcert or given.get("sslcert"),
            sslkey=self.sslkey or given.get("sslkey"),
            application_name=given.get("application_name", self.application_name),
            connect_timeout=self.connect_timeout or _number(given, "connect_timeout") or 30.0,
            statement_timeout=self.statement_timeout,
            lock_timeout=self.lock_timeout,
            options=given.get("options"),
        )


def parse_connection_string(text: str) -> dict[str, str]:
    """The settings in a URI or a `key=value` string. Raises ValueError without repeating any of it."""
    text = text.strip()
    pairs = _of_uri(text) if "://" in text else _of_pairs(text)
    settings: dict[str, str] = {}
    for key, value in pairs.items():
        if key in _MEANT:
            settings[_MEANT[key]] = value
        elif key == "channel_binding" and value == "require":
            raise ValueError("`connection_string` asks for channel_binding=require, which the driver does not have")
        elif key not in _HARMLESS and key != "channel_binding":
            raise ValueError("`connection_string` has a setting that is not known here; give host, port, dbname, ...")
    if "," in settings.get("host", "") or "," in settings.get("port", ""):
        raise ValueError("`connection_string` names several hosts; name the one to connect to")
    return settings


def _of_uri(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        found = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError
        if parts.hostname:
            # `hostname` is in lower case, which a socket's folder must not be.
            found.setdefault("host", unquote(parts.hostname))
        if parts.port:
            found["port"] = str(parts.port)
    except ValueError:
        raise ValueError("`connection_string` is no URI like postgresql://user:password@host:port/database") from None
    for key, value in (("user", parts.username), ("password", parts.password), ("dbname", parts.path[1:])):
        if value:
            found[key] = unquote(value)
    return found


def _of_pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _PAIR.match(text, place)
        if match is None:
            raise ValueError(
                "`connection_string` is neither a URI nor `key=value` pairs like host=localhost dbname=shop"
            )
        value = match[2][1:-1] if match[2].startswith("'") else match[2]
        found[match[1]] = re.sub(r"\\(.)", r"\1", value)
        place = match.end()
    return found


def _number(settings: Mapping[str, str], key: str) -> int:
    value = settings.get(key, "")
    if value and not value.isdigit():
        raise ValueError(f"`connection_string` has a {key} that is no number")
    return int(value or 0)
