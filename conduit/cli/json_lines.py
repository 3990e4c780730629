"""Events as JSON, one a line, for programs that watch a run."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, TextIO

from conduit.cli.streams import abandon_stdout
from conduit.core.events import Event


class JsonLines:
    """Listens to events and writes them. A reader that goes away, or a full disk, stops the writing, never the load.

    `failure` is what stopped it.
    """

    def __init__(self, stream: TextIO) -> None:
        self.failure: OSError | None = None
        self._stream = stream
        self._guard = threading.Lock()

    def __call__(self, event: Event) -> None:
        self.write(event.as_dict())

    def write(self, record: Mapping[str, Any]) -> None:
        line = json.dumps(record, default=str)
        with self._guard:
            if self.failure is not None:
                return
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except OSError as failure:
                self.failure = failure
                abandon_stdout()
