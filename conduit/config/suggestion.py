"""What to say when a name refers to nothing: the nearest one that exists, or those that exist."""

from __future__ import annotations

from collections.abc import Collection

from conduit.config.tree import Node
from conduit.errors import nearest_name

# Comparing with more names than this would take longer than reading the file did.
_MOST_COMPARED = 500
_MOST_LISTED = 30


def suggestion(meant: Node, known: Collection[str]) -> tuple[str | None, str]:
    """The nearest known name and a remedy; what came out of the environment is not compared, for that tells of it."""
    comparable = isinstance(meant.value, str) and meant.origin == "file" and len(known) <= _MOST_COMPARED
    near = nearest_name(str(meant.value), known) if comparable else None
    return near, "" if near else listed(known)


def listed(known: Collection[str]) -> str:
    names = sorted(known)
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"Known: {', '.join(names[:_MOST_LISTED]) or 'none'}{more}."
