"""Paths in a configuration are relative to its folder, so that it does not matter where Conduit is started."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from conduit.config.tree import Entry, Node

# Not places in a file system: nothing, an in-memory database, and the standard streams.
_NO_PATHS = frozenset({"", ":memory:", "-"})


def anchored(text: str, folder: Path) -> str:
    """A path as seen from `folder`; URLs stay as they are, `~` becomes the home folder, a trailing slash is kept."""
    if "://" in text or text in _NO_PATHS:
        return text
    # Not pathlib: it drops the trailing slash, by which connectors tell a folder that does not exist yet.
    return os.path.join(folder, os.path.expanduser(text).removeprefix("./"))


def anchor_paths(options: Node, path_keys: Collection[str], folder: Path) -> Node:
    """The same options, with those that hold paths seen from `folder`."""
    return replace(
        options,
        value={
            key: Entry(entry.place, _anchor(entry.node, folder)) if key in path_keys else entry
            for key, entry in options.entries.items()
        },
    )


def _anchor(node: Node, folder: Path) -> Node:
    if isinstance(node.value, str):
        return replace(node, value=anchored(node.value, folder))
    return replace(node, value=tuple(_anchor(item, folder) for item in node.items)) if node.items else node
