"""A configuration as it stands in the file: plain values that remember where they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, Union

from conduit.core.position import Json

Scalar: TypeAlias = Union[bool, int, float, str, None]
Origin: TypeAlias = Literal["file", "environment", "missing"]


class Place(NamedTuple):
    """A point of a text file; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The value of a key, and the place of the key itself."""

    place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place. `written` is a scalar as the file spells it, before anything was put into it.

    `origin` is "environment" when the value holds text that came out of a variable, and must not be shown, and
    "missing" when the variable did not exist, so that the value means nothing.
    """

    value: Scalar | tuple[Node, ...] | Mapping[str, Entry]
    place: Place
    written: str | None = None
    origin: Origin = "file"

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The keys and values of a mapping; nothing for any other value."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """The items of a list; nothing for any other value."""
        return self.value if isinstance(self.value, tuple) else ()

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry.node if entry else None


def plain(node: Node) -> Json:
    """The value without its places: what a model validates."""
    match node.value:
        case tuple() as items:
            return [plain(item) for item in items]
        case bool() | int() | float() | str() | None as scalar:
            return scalar
        case entries:
            return {key: plain(entry.node) for key, entry in entries.items()}


def leaves(node: Node) -> Iterator[Node]:
    """Every scalar in and below a node."""
    if node.items:
        for item in node.items:
            yield from leaves(item)
    elif node.entries:
        for entry in node.entries.values():
            yield from leaves(entry.node)
    else:
        yield node
