"""The source that a `references` check names -> the endpoint that its keys are read from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conduit.config.problems import Subject
from conduit.config.secrecy import shown
from conduit.config.suggestion import suggestion
from conduit.config.tree import Node
from conduit.quality.model import References

if TYPE_CHECKING:
    from conduit.config.resources import Declared


def referenced(check: References, node: Node, subject: Subject, declared: Declared) -> References | None:
    """The check with the endpoint in the place of its name, table and query; None after a problem was noted."""
    at = node.entries["source"].node
    draft = declared.sources.get(str(at.value))
    if draft is None:
        near, remedy = suggestion(at, declared.sources)
        declared.problems.add(
            at.place, f"there is no source {shown(at)}, which {subject.label} names", nearest=near, remedy=remedy
        )
        return None
    key = next((key for key in ("query", "table") if getattr(check, key)), None)
    if key is not None and draft.model is not None and not draft.takes(key):
        declared.problems.add(
            node.entries[key].place,
            f"{subject.key(key)} has no meaning for {draft.subject.label}, which takes none",
            remedy="Remove it.",
        )
        return None
    endpoint = declared.endpoint(draft, **({} if key is None else {key: node.entries[key]}))
    if endpoint is None:
        return None
    return check.model_copy(update={"source": replace(endpoint, place=""), "table": None, "query": None})
