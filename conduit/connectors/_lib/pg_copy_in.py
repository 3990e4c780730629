"""Rows into COPY: encoded on the caller's thread, sent on the connection's own, a few pieces ahead of the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

_AHEAD = 3


class CopyFeed:
    """Pieces of bytes on their way from a thread to COPY on an event loop."""

    def __init__(self, driver: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._driver, self._loop = driver, loop
        self._pieces: asyncio.Queue[Any] = asyncio.Queue(_AHEAD)

    def copy(self, schema: str, table: str, columns: Iterable[str], pieces: Iterable[Any]) -> int:
        """The rows that the server took. Raises what it said, and what `pieces` raise; then it has taken none."""
        running = asyncio.run_coroutine_threadsafe(self._copied(schema, table, list(columns)), self._loop)
        try:
            for piece in pieces:
                if not asyncio.run_coroutine_threadsafe(self._given(piece, running), self._loop).result():
                    break
            else:
                asyncio.run_coroutine_threadsafe(self._given(None, running), self._loop).result()
        except BaseException:
            asyncio.run_coroutine_threadsafe(self._given(_Stopped(), running), self._loop).result()
            running.exception()
            raise
        return running.result()

    async def _copied(self, schema: str, table: str, columns: list[str]) -> int:
        copying = asyncio.ensure_future(
            self._driver.copy_to_table(
                table, schema_name=schema, columns=columns, source=self._stream(), format="binary"
            )
        )
        # The driver waits for a socket to take more, and is not told when there is none any more.
        gone = asyncio.Event()
        self._driver.add_termination_listener(told := lambda _: gone.set())
        losing = asyncio.ensure_future(gone.wait())
        try:
            await asyncio.wait({copying, losing}, return_when=asyncio.FIRST_COMPLETED)
            if not copying.done():
                copying.cancel()
                raise ConnectionResetError("the connection was lost in mid-copy")
            return int(copying.result().split()[-1])
        except RuntimeError as closed:
            # What uvloop says of a socket that is gone, where it is asked to write before it has told anybody.
            raise ConnectionResetError("the connection was lost in mid-copy") from closed
        finally:
            losing.cancel()
            if not self._driver.is_closed():
                self._driver.remove_termination_listener(told)

    async def _stream(self) -> AsyncIterator[Any]:
        while (piece := await self._pieces.get()) is not None:
            if isinstance(piece, _Stopped):
                raise piece
            yield piece

    async def _given(self, piece: Any, running: Any) -> bool:
        """Whether the piece was queued: it is not, once the server has given the whole COPY up."""
        while not running.done():
            try:
                self._pieces.put_nowait(piece)
            except asyncio.QueueFull:
                put = asyncio.ensure_future(self._pieces.put(piece))
                await asyncio.wait({put, asyncio.wrap_future(running)}, return_when=asyncio.FIRST_COMPLETED)
                if put.done():
                    return True
                put.cancel()
            else:
                return True
        return False


class _Stopped(Exception):
    """The rows ended before their end: COPY is told to fail."""
