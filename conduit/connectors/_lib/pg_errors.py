"""What PostgreSQL, the driver or the network said, as one of our errors: by SQLSTATE, with what to do about it.

Transient, and so tried again: class 08 (connection), 40 (deadlock, serialization), 53300 (too many connections),
55P03 (lock), 57P01 to 57P05 (shutdown, starting up, dropped, idle), and a network that does not answer.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conduit.errors import ConduitError, FatalError
from conduit.sdk import MissingExtra, TransientError

_TRANSIENT = ("08", "40", "57P", "53300", "55P03", "25P03", "25P04")
_OF_ROWS = ("22", "23")
"""Values and constraints: the detail names the row at fault."""
_REMEDIES = {
    "23502": "Bring a value, or reject such rows with the check `not_null`.",
    "23503": "Load the rows that are pointed at first, or reject such rows with the check `references`.",
    "23505": "Load with `mode: upsert` and a `unique_key`, or reject such rows with the check `unique`.",
    "23514": "Correct such rows, or reject them with a check of your own.",
    "53100": "Free space on the server's disk.",
    "28P01": "Check `user` and `password`.",
    "28000": "Check `user`, and whether the server's pg_hba.conf lets it in from here, with or without TLS.",
    "3D000": "Check `database`.",
    "3F000": "Check `db_schema`.",
    "42P01": "Check the table's name and its schema.",
    "42501": "Ask for the right: GRANT USAGE ON SCHEMA and GRANT SELECT ON TABLE.",
    "42601": "Correct `query`: it must be one SELECT.",
    "53300": "Raise the server's max_connections, or lower `partitions`.",
    "55P03": "Another transaction holds a lock; raise `lock_timeout`, or try when it is done.",
    "57014": "The statement was cancelled; raise `statement_timeout` if that was the reason.",
    "25006": "`query` may only read.",
    "72000": "The replica had to drop rows that were being read; read from the primary, or raise "
    "max_standby_streaming_delay.",
}


class PgFailure(Exception):
    """An ErrorResponse of the server, as its fields say it."""

    def __init__(self, sqlstate: str, message: str, detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.detail = detail
        self.hint = hint

    @classmethod
    def parsed(cls, body: bytes) -> PgFailure:
        """The failure in the body of an ErrorResponse message."""
        fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
        return cls(fields.get(b"C", ""), fields.get(b"M", "no message"), fields.get(b"D", ""), fields.get(b"H", ""))


class ConnectionGone(Exception):
    """The connection ended before the answer did."""


def driver_module() -> Any:
    """The driver, imported when it is needed. Raises MissingExtra when it is not installed."""
    try:
        import asyncpg
    except ModuleNotFoundError as missing:
        raise MissingExtra.needed("The connector 'postgresql'", "postgres") from missing
    return asyncpg


@contextmanager
def explaining(place: str, blame: type[FatalError]) -> Iterator[None]:
    """Turn what the driver, the server and the network raise inside into `blame`, or TransientError, at `place`."""
    asyncpg = driver_module()
    try:
        yield
    except ConduitError:
        raise
    except PgFailure as failed:
        raise of_sqlstate(failed.sqlstate, failed.message, failed.hint, place, blame) from failed
    except asyncpg.PostgresError as failed:
        said = str(failed.args[0]) if failed.args else type(failed).__name__
        if (failed.sqlstate or "").startswith(_OF_ROWS) and (detail := getattr(failed, "detail", None)):
            said = f"{said.rstrip('.')}. {detail}"
        raise of_sqlstate(failed.sqlstate or "", str(said), getattr(failed, "hint", None), place, blame) from failed
    except ConnectionGone as failed:
        raise TransientError(
            "The server closed the connection in mid-reading.",
            place=place,
            remedy="Did it restart, or did somebody end the session? Its log says more.",
        ) from failed
    except (ssl.SSLError, ssl.CertificateError) as failed:
        raise blame(
            f"TLS failed: {getattr(failed, 'verify_message', '') or failed.reason or failed}.",
            place=place,
            remedy="Check `sslmode` and `sslrootcert`.",
        ) from failed
    except socket.gaierror as failed:
        raise blame("The name of the host is not known.", place=place, remedy="Check `host`.") from failed
    except (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as failed:
        # The last is what the driver says when it is used while the server's last words arrive.
        raise _unreachable(failed, place, blame) from failed


def of_sqlstate(sqlstate: str, message: str, hint: str | None, place: str, blame: type[FatalError]) -> ConduitError:
    """The error for an SQLSTATE: TransientError where the same may succeed later, else `blame`."""
    remedy = _REMEDIES.get(sqlstate) or hint or ""
    kind = TransientError if sqlstate.startswith(_TRANSIENT) and sqlstate != "57014" else blame
    return kind(f"{message[:1].upper()}{message[1:].rstrip('.')}.", remedy=remedy, place=place)


def _unreachable(failed: Exception, place: str, blame: type[FatalError]) -> ConduitError:
    if isinstance(failed, FileNotFoundError):
        return blame(
            "There is no such socket or certificate file.", place=place, remedy="Check `host` and `sslrootcert`."
        )
    if "rejected SSL upgrade" in str(failed):
        return blame("The server has no TLS.", place=place, remedy="Set `sslmode: prefer` if the network is trusted.")
    if isinstance(failed, TimeoutError):
        said = "The server did not answer in time"
    elif isinstance(failed, ConnectionRefusedError) or "Connect call failed" in str(failed):
        said = "Nothing answers at this address"
    else:
        said = "The connection was lost"
    return TransientError(f"{said}.", place=place, remedy="Is the server running? Check `host` and `port`.")
