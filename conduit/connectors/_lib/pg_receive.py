"""Bytes from the server's socket into large blocks, ahead of their reader and no further than it can bear.

The server sends COPY in pieces of 8 KiB, and to wake up for each costs more than to parse it. So reading takes a
breath when it has caught up: the pieces gather in the socket meanwhile, and come as one.
"""

from __future__ import annotations

import asyncio
import queue
from dataclasses import dataclass
from typing import Any

MARGIN = 64 << 10
"""Bytes at the beginning of each block in which its reader may put what was left of the block before."""
_BREATH_SECONDS, _BREATHLESS_BYTES = 0.002, 1 << 20
_ROOM = 2
_END, _END_BYTES = b"Z\0\0\0\5", 6


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes as they came, in `data` from MARGIN to `stop`. `last`: the server is done, or gone when `lost`."""

    data: bytearray
    stop: int
    last: bool
    lost: bool = False


class Receiver(asyncio.BufferedProtocol):
    """Takes the place of the driver's protocol for one exchange. Its methods run on the loop but for `next`, `give`."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop, block_bytes: int) -> None:
        self._transport = transport
        self._loop = loop
        self._size = MARGIN + block_bytes
        self._blocks: queue.SimpleQueue[Block] = queue.SimpleQueue()
        self._spare: list[bytearray] = []
        self._ahead = 0
        self._received = 0
        self._reading = True
        self._ended = False
        self._before = b""
        self._take_block()

    async def begin(self, request: bytes) -> None:
        """Send the request; from here on what comes is ours."""
        if self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._transport.set_protocol(self)
        self._transport.write(request)

    async def finish(self, usual: Any) -> None:
        """Give the connection back to the driver, after the last block."""
        if not self._transport.is_closing():
            self._transport.set_protocol(usual)
            self._resume()

    def next(self) -> Block:
        """The next block, waited for. Every block is given back."""
        return self._blocks.get()

    def give(self, block: Block) -> None:
        """Say that nobody looks at a block any more, so that it can be filled again."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._given, block.data)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        self._received += nbytes
        if self._recent().startswith(_END):
            self._hand_over(last=True)
        elif self._filled == self._size:
            self._hand_over(last=False)
            self._take_block()
            if self._ahead >= _ROOM:
                self._pause()
        elif self._received > _BREATHLESS_BYTES and nbytes < self._size // 2:
            self._pause()
            self._loop.call_later(_BREATH_SECONDS, self._resume)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended:
            self._hand_over(last=True, lost=True)

    def _recent(self) -> bytes:
        """The last bytes that came. There is no zero byte in text: only the end of an exchange looks like _END."""
        recent = bytes(self._view[max(self._filled - _END_BYTES, MARGIN) : self._filled])
        return recent if len(recent) == _END_BYTES else (self._before + recent)[-_END_BYTES:]

    def _take_block(self) -> None:
        self._data = self._spare.pop() if self._spare else bytearray(self._size)
        self._view = memoryview(self._data)
        self._filled = MARGIN

    def _hand_over(self, *, last: bool, lost: bool = False) -> None:
        self._ended = last
        self._ahead += 1
        self._before = self._recent()
        self._blocks.put(Block(self._data, self._filled, last, lost))

    def _given(self, data: bytearray) -> None:
        self._ahead -= 1
        if len(self._spare) < _ROOM and len(data) == self._size:
            self._spare.append(data)
        self._resume()

    def _pause(self) -> None:
        if self._reading and not self._transport.is_closing():
            self._reading = False
            self._transport.pause_reading()

    def _resume(self) -> None:
        if not self._reading and (self._ahead < _ROOM or self._ended) and not self._transport.is_closing():
            self._reading = True
            self._transport.resume_reading()
