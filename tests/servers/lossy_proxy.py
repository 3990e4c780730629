"""A way to a server that loses what comes back once a word has gone by: the answer to a COMMIT, say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class LossyProxy:
    """Passes bytes on in both directions until `word` was sent; from then on nothing comes back on that connection.

    The word counts on a connection that has sent `after` before. With `forwards` it still reaches the server; else the
    connection ends before it does. Only the first such connection is cut; `blind` says that later ones are refused.
    """

    def __init__(self, port: int, word: bytes, *, forwards: bool, after: bytes = b"", blind: bool = False) -> None:
        self._server, self._word, self._after = port, word, after
        self._forwards, self._blind = forwards, blind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.cut.is_set() and self._blind:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._server))
            threading.Thread(target=self._there, args=(client, server), daemon=True).start()
            threading.Thread(target=self._back, args=(client, server), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        armed = not self._after
        while data := _received(client):
            if armed and self._word in data and not self.cut.is_set():
                self.cut.set()
                client.shutdown(socket.SHUT_RDWR)
                if self._forwards:
                    server.sendall(data)
                break
            armed = armed or self._after in data
            server.sendall(data)
        # Closing alone does not end a socket on which another thread waits.
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR if self._forwards else socket.SHUT_RDWR)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        while data := _received(server):
            try:
                client.sendall(data)
            except OSError:
                continue
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def lossy_proxy(
    port: int, word: bytes, *, forwards: bool, after: bytes = b"", blind: bool = False
) -> Iterator[LossyProxy]:
    proxy = LossyProxy(port, word, forwards=forwards, after=after, blind=blind)
    try:
        yield proxy
    finally:
        proxy.close()


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""
