"""What a configuration asks of the catalogue of connectors; `conduit.registry` is the one that users have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from conduit.core.destination import Destination
    from conduit.core.source import Source


class Connectors(Protocol):
    """Connectors by name or alias; the classes raise UnknownName, or MissingExtra without their driver."""

    def source_names(self) -> list[str]: ...

    def destination_names(self) -> list[str]: ...

    def source_class(self, name: str) -> type[Source[Any]]: ...

    def destination_class(self, name: str) -> type[Destination[Any]]: ...
