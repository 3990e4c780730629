"""Whose code a configuration brings into the process, told before any of it is imported."""

from __future__ import annotations

from collections.abc import Iterator

from conduit.config.tree import Node
from conduit.registry import is_built_in


def all_ours(root: Node) -> bool:
    """Whether the file names no connector but Conduit's own, and no plugin. A file with mistakes may be either."""
    if root.get("plugins") is not None:
        return False
    return all(isinstance(kind, str) and is_built_in(kind) for kind in _types(root))


def _types(root: Node) -> Iterator[object]:
    for side in ("sources", "destinations"):
        declared = root.get(side)
        for node in declared.items if declared is not None else ():
            kind = node.get("type")
            yield None if kind is None else kind.value
