"""One connection to a PostgreSQL server, for callers that do not wait asynchronously: a loop on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Generator, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from conduit.connectors._lib.pg_copy_in import CopyFeed
from conduit.connectors._lib.pg_copy_out import Answer, answers
from conduit.connectors._lib.pg_errors import PgFailure, driver_module, explaining
from conduit.connectors._lib.pg_options import Address
from conduit.connectors._lib.pg_receive import Receiver
from conduit.errors import FatalError, nearest_name

if TYPE_CHECKING:
    import ssl

    import asyncpg

T = TypeVar("T")

# Text that does not depend on the server's settings, or on those of its roles; no time limits but the user's own.
_SESSION = {
    "DateStyle": "ISO, YMD", "IntervalStyle": "iso_8601", "TimeZone": "UTC", "extra_float_digits": "3",
    "bytea_output": "hex", "client_min_messages": "error", "synchronize_seqscans": "off",
    "idle_in_transaction_session_timeout": "0",
}  # fmt: skip
_SINCE = {"idle_session_timeout": 14, "transaction_timeout": 17}
_CLOSING_SECONDS = 5.0
_EVERYWHERE = "postgres"


class PgConnection:
    """An open connection. One thread at a time uses it; `close` is idempotent and may come from any."""

    def __init__(self, address: Address, blame: type[FatalError]) -> None:
        """Connect. Raises `blame`, or TransientError, saying what is wrong with the address."""
        self.place = str(address)
        self._blame = blame
        self._loop = _LoopThread()
        self._driver: asyncpg.Connection | None = None
        try:
            with explaining(self.place, blame):
                driver = self._driver = self._loop.wait_for(_connected(address, blame))
                version = driver.get_server_version()
                self.version: int = version.major
                self.pid: int = driver.get_server_pid()
                self._loop.wait_for(driver.execute(_session(address, version.major)))
        except BaseException:
            self.close()
            raise

    @property
    def is_open(self) -> bool:
        return self._driver is not None and not self._driver.is_closed()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that the statement gives. Raises as the constructor does."""
        with explaining(self.place, self._blame):
            return [tuple(row) for row in self._loop.wait_for(self._open_driver().fetch(statement, *values))]

    def execute(self, statements: str) -> str:
        """Run statements that give no rows; the server's word about the last one, `INSERT 0 5` say."""
        with explaining(self.place, self._blame):
            said: str = self._loop.wait_for(self._open_driver().execute(statements))
            return said

    def copy_in(self, schema: str, table: str, columns: Iterable[str], pieces: Iterable[Any]) -> int:
        """The rows that COPY took of a stream in its binary format. It takes all of them or none."""
        with explaining(self.place, self._blame):
            return CopyFeed(self._open_driver(), self._loop.loop).copy(schema, table, columns, pieces)

    def exchange(self, request: bytes, block_bytes: int) -> Generator[Answer, None, None]:
        """Send messages of the wire protocol, and give what the server answers, up to ReadyForQuery.

        Closing the generator before its end leaves the connection good for nothing but to be closed.
        """
        driver = self._open_driver()
        transport = driver._transport  # the driver hands COPY over row by row: that costs as much as parsing it
        usual = transport.get_protocol()
        receiver = Receiver(transport, self._loop.loop, block_bytes)
        with explaining(self.place, self._blame):
            self._loop.wait_for(receiver.begin(request))
            try:
                yield from answers(receiver)
            except PgFailure:
                self._loop.wait_for(receiver.finish(usual))
                raise
            self._loop.wait_for(receiver.finish(usual))

    def abort(self) -> None:
        """End what the server is doing for us, cut the connection, and free everything that it holds here."""
        driver = self._driver
        if driver is not None and not driver.is_closed():
            # A server that computes does not notice that nobody listens, until it has something to say.
            with suppress(Exception):
                self._loop.wait_for(_cancelled(driver))
            with suppress(Exception):
                self._loop.call(driver.terminate)
        self.close()

    def close(self) -> None:
        """End the session and the thread."""
        driver, self._driver = self._driver, None
        if driver is not None and not driver.is_closed():
            with suppress(Exception):  # it is being left; how that went concerns nobody
                self._loop.wait_for(driver.close(timeout=_CLOSING_SECONDS))
        self._loop.stop()

    def _open_driver(self) -> Any:
        if self._driver is None:
            raise ConnectionResetError("the connection is closed")
        return self._driver


class _LoopThread:
    """An event loop that runs on a thread of its own until it is stopped."""

    def __init__(self) -> None:
        self.loop = _new_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="conduit-postgresql", daemon=True)
        self._thread.start()

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def call(self, function: Any) -> None:
        """Call it on the loop and wait until that is done."""

        async def called() -> None:
            function()

        self.wait_for(called())

    def stop(self) -> None:
        if self.loop.is_closed():
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _cancelled(driver: Any) -> None:
    """Ask the server, on a connection of its own, to cancel what it does on this one."""
    asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await asyncio.wait_for(driver._cancel(asked), _CLOSING_SECONDS)
    if not asked.cancelled():
        asked.exception()


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # it is not there for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _connected(address: Address, blame: type[FatalError]) -> Any:
    asyncpg = driver_module()
    try:
        return await _opened(address)
    except asyncpg.InvalidCatalogNameError as failed:
        near = nearest_name(address.database, await _databases(address))
        raise blame(
            f"There is no database {address.database!r}.",
            place=str(address),
            remedy=f"Did you mean {near!r}?" if near else "Check `database`.",
        ) from failed


async def _databases(address: Address) -> list[str]:
    """The databases of the server, as far as it tells."""
    with suppress(Exception):
        driver = await _opened(replace(address, database=_EVERYWHERE))
        try:
            return [row[0] for row in await driver.fetch("SELECT datname FROM pg_database WHERE datallowconn")]
        finally:
            driver.terminate()
    return []


async def _opened(address: Address) -> Any:
    asyncpg = driver_module()
    settings = {"application_name": address.application_name}
    if address.options:
        settings["options"] = address.options
    return await asyncpg.connect(
        host=address.host,
        port=address.port,
        database=address.database,
        user=address.user,
        # None would make the driver look for one in the environment and in files.
        password=address.password,
        ssl=_tls(address),
        timeout=address.connect_timeout,
        server_settings=settings,
        # Statements are prepared once; behind a pooler a cache of them is in the way.
        statement_cache_size=0,
    )


def _tls(address: Address) -> ssl.SSLContext | str | bool:
    if address.sslmode == "disable" or address.host.startswith("/"):
        return False
    import ssl

    certified = address.sslmode in ("verify-ca", "verify-full") or address.sslrootcert is not None
    if not certified and not address.sslcert and address.sslmode == "prefer":
        return "prefer"
    context = ssl.create_default_context(cafile=address.sslrootcert)
    context.check_hostname = address.sslmode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if certified else ssl.CERT_NONE
    if address.sslcert:
        context.load_cert_chain(address.sslcert, address.sslkey)
    return context


def _session(address: Address, version: int) -> str:
    """The statements that make the session ours."""
    settings: Mapping[str, str] = {
        **_SESSION,
        **{name: "0" for name, since in _SINCE.items() if version >= since},
        "statement_timeout": str(round(address.statement_timeout * 1000)),
        "lock_timeout": str(round(address.lock_timeout * 1000)),
    }
    return "".join(f"SET {name} = '{value}';" for name, value in settings.items())
