"""A CSV file's content as UTF-8 with \\n line ends, cut into chunks at newlines where a record ends."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa

from conduit.connectors._lib.csv_dialect import Dialect
from conduit.connectors._lib.csv_proof import count_of

MAX_RECORD = 64 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that begin at a record and, as far as one can tell before parsing, end at one; `offset` is its place
    in the content, `size` its length in it. `last` chunks end the file; a missing last newline is added to `data`.
    `memory` is what `data` stands in.
    """

    offset: int
    data: pa.Buffer
    size: int
    last: bool
    memory: bytearray


class Content:
    """Forward reading with a step back. `stream` yields the content from byte `offset`."""

    def __init__(self, stream: IO[bytes], offset: int) -> None:
        self._stream = stream
        self._rest: Any = b""
        self._ended = False
        self._free: list[bytearray] = []
        self.offset = offset

    def chunks(self, size: int, quote: str | None, quoted_newlines: bool) -> Iterator[Chunk]:
        """Chunks of about `size` bytes.

        Without quoted newlines in the sample the cut is the last newline, unproven; with them it is the last
        newline that an even number of quotes stands before. Either way the parser finds out when a cut was wrong.
        """
        mark = quote.encode() if quote and quoted_newlines else None
        while True:
            buffer, filled = self._fill(size)
            if not filled:
                return
            cut = filled if self._ended else record_end(buffer, mark)
            while not cut and not self._ended and filled < MAX_RECORD:
                self._rest = bytes(memoryview(buffer)[:filled])
                buffer, filled = self._fill(2 * filled)
                cut = filled if self._ended else record_end(buffer, mark)
            cut = cut or filled
            view = memoryview(buffer)
            self._rest = bytes(view[cut:filled])
            last = self._ended and cut == filled
            data = bytes(view[:cut]) + b"\n" if last and buffer[cut - 1] != 10 else view[:cut]
            self.offset += cut
            yield Chunk(self.offset - cut, pa.py_buffer(data), cut, last, buffer)

    def recycle(self, chunk: Chunk) -> None:
        """Take a chunk's memory for a later one: fresh pages cost the kernel as much as reading the file."""
        if len(self._free) < 4:
            self._free.append(chunk.memory)

    def put_back(self, chunks: list[Chunk], skip: int) -> None:
        """Take back chunks that were handed out last, all but the first `skip` bytes of them."""
        pieces = b"".join(bytes(memoryview(chunk.data)[: chunk.size]) for chunk in chunks)
        self.offset = chunks[0].offset + skip
        self._rest = pieces[skip:] + bytes(self._rest)

    def close(self) -> None:
        self._stream.close()

    def _fill(self, size: int) -> tuple[bytearray, int]:
        """A fresh buffer that begins with what was left over; how much of it is filled."""
        held = len(self._rest)
        wanted = max(size, held + 1)
        buffer = self._free.pop() if self._free and len(self._free[-1]) == wanted else bytearray(wanted)
        buffer[:held] = self._rest
        view = memoryview(buffer)
        while held < len(buffer):
            count = self._stream.readinto(view[held:])  # type: ignore[attr-defined]
            if not count:
                self._ended = True
                break
            held += count
        return buffer, held


class Transcoded(io.RawIOBase):
    """A byte stream in another encoding, or with lone carriage returns, as UTF-8 with \\n."""

    def __init__(self, stream: IO[bytes], dialect: Dialect) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(dialect.encoding)(errors="strict")
        self._returns = dialect.newline == "\r"
        self._held = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._held and not self._ended:
            raw = self._stream.read(1 << 20)
            self._ended = not raw
            text = self._decoder.decode(raw, final=not raw)
            self._held = (text.replace("\r", "\n") if self._returns else text).encode()
        count = min(len(target), len(self._held))
        target[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


def record_end(buffer: bytearray, quote: bytes | None) -> int:
    """The length up to and with the last newline that ends a record, 0 when there is none.

    The buffer begins at a record. Without `quote` every newline ends one.
    """
    end = buffer.rfind(b"\n") + 1
    if quote is None or not end:
        return end
    odd = count_of(pa.py_buffer(buffer).slice(0, end), ord(quote)) % 2
    while odd and end:
        # The newline stands inside quotes: go back before the quote that opened them.
        opened = buffer.rfind(quote, 0, end)
        previous = buffer.rfind(b"\n", 0, opened) + 1
        odd = (odd + buffer.count(quote, previous, end)) % 2
        end = previous
    return end
