"""The server's answers to one exchange, message by message, and rows of COPY many at a time."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from conduit.connectors._lib.pg_errors import ConnectionGone, PgFailure
from conduit.connectors._lib.pg_frames import HEADER, Control, Lines, frames, size_of
from conduit.connectors._lib.pg_receive import MARGIN, Receiver

Answer: TypeAlias = Lines | Control

_READY = b"Z"


def answers(receiver: Receiver) -> Generator[Answer, None, None]:
    """What comes, up to and without ReadyForQuery. The memory of rows is used again once the next ones are asked for.

    Raises PgFailure for an error of the server, ConnectionGone when the connection ends before the answer.
    """
    failure: PgFailure | None = None
    left: bytearray = bytearray()
    while True:
        block = receiver.next()
        data, start, stop = block.data, MARGIN, block.stop
        if len(left) <= MARGIN:
            start -= len(left)
            data[start:MARGIN] = left
            left = bytearray()
        else:
            # A row that is larger than the margin, and perhaps than several blocks.
            left += memoryview(data)[start:stop]
            if not block.last and len(left) < 1 + size_of(left, 0):
                receiver.give(block)
                continue
            data, start, stop = left, 0, len(left)
            left = bytearray()
        messages = frames(data, start, stop)
        while True:
            try:
                message = next(messages)
            except StopIteration as done:
                rest = int(done.value)
                break
            if isinstance(message, Control) and message.kind == b"E":
                failure = PgFailure.parsed(message.body)
            elif isinstance(message, Control) and message.kind == _READY:
                receiver.give(block)
                if failure:
                    raise failure
                return
            else:
                yield message
        left = bytearray(memoryview(data)[rest:stop])
        del messages
        receiver.give(block)
        if block.last:
            raise failure or ConnectionGone


def parse(statement: str) -> bytes:
    """Ask for one statement to be understood: several at once are refused, whatever is in the text."""
    return _message(b"P", b"\0" + statement.encode() + b"\0" + bytes(2))


def run() -> bytes:
    """Ask for what was understood to be run."""
    return _message(b"B", bytes(8)) + _message(b"E", bytes(5)) + _message(b"S", b"")


def describe() -> bytes:
    """Ask for the columns of what was understood."""
    return _message(b"D", b"S\0") + _message(b"S", b"")


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + HEADER - 1).to_bytes(4, "big") + body
