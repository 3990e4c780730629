"""Keys that checks compare with and that are not in the batches: those of another source, those in the destination."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from conduit.core.destination import Destination
from conduit.core.endpoint import Endpoint
from conduit.core.message import Malformed, Rows
from conduit.core.request import ReadRequest
from conduit.core.source import Source
from conduit.core.spec import WriteMode
from conduit.errors import Cancelled, ConfigError, SourceError
from conduit.quality.elsewhere import Elsewhere
from conduit.quality.model import AnyCheck, References, Unique
from conduit.registry import source_class

_ADDING = (WriteMode.APPEND, WriteMode.INSERT_ONLY)


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where the keys are that a resource's checks ask for. Sources are looked at once, however many checks ask."""

    destination: Destination[Any]
    destination_name: str
    table: str
    mode: WriteMode
    request: ReadRequest
    stop: threading.Event
    _looked_at: dict[int, Elsewhere] = field(default_factory=dict)

    def elsewhere(self, check: AnyCheck) -> Elsewhere | None:
        """The keys that a check needs; None when it needs none, or when there are none yet.

        Raises ConfigError for a destination that cannot give its keys, and for a mode in which they do not count.
        """
        match check:
            case References(source=Endpoint() as there):
                if id(there) not in self._looked_at:
                    source = source_class(there.type)(there.options)
                    self._looked_at[id(there)] = self._keys_of(source, f"the source {there.name!r}")
                return self._looked_at[id(there)]
            case Unique(against="destination"):
                return self._in_destination(check)
        return None

    def _in_destination(self, check: Unique) -> Elsewhere | None:
        if self.mode not in _ADDING:
            raise ConfigError(
                f"Keys of the destination do not count in the mode {self.mode.value!r}, which replaces its rows.",
                place=check.label,
                remedy="Leave out `against: destination`, or use `mode: append`.",
            )
        reader = self.destination.reader(self.table)
        if reader is None:
            raise ConfigError(
                f"The destination {self.destination.spec.name!r} cannot be read, so its keys are not known.",
                place=check.label,
                remedy="Leave out `against: destination`, or write to files, DuckDB or SQLite.",
            )
        if self.destination.describe(self.table) is None:
            return None
        return self._keys_of(reader, f"the destination {self.destination_name}")

    def _keys_of(self, source: Source[Any], name: str) -> Elsewhere:
        schema = source.scan(ReadRequest()).schema
        return Elsewhere(name, schema, lambda columns: self._read(source, name, columns))

    def _read(self, source: Source[Any], name: str, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
        """The batches of these columns, in this order. A row that cannot be read may hold a key, so it is an error."""
        asked = replace(self.request, columns=columns)
        scan = source.scan(asked)
        for partition in scan.partitions:
            for message in source.read(partition, asked, None):
                if self.stop.is_set():
                    raise Cancelled(f"Reading the keys of {name} was stopped.", remedy="Nothing was committed.")
                if isinstance(message, Malformed):
                    first = message.data.to_pylist()[0]
                    place = ":".join(str(first[part]) for part in ("file", "line") if first.get(part) is not None)
                    raise SourceError(
                        f"A row of {name} cannot be read, and its key is needed: {first['message']}.",
                        place=place,
                        remedy="Correct the row, or leave out the check.",
                    )
                if isinstance(message, Rows):
                    yield message.data.select(list(columns))
