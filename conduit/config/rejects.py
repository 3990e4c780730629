"""The `dlq:` block of a file or of a resource -> where rejects are kept, joined to the destination that it names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conduit.config.models import DlqKeys
from conduit.config.paths import anchored
from conduit.config.problems import Subject
from conduit.config.project import DlqSettings, Endpoint
from conduit.config.secrecy import shown
from conduit.config.suggestion import suggestion
from conduit.config.tree import Node
from conduit.core.spec import WriteMode

if TYPE_CHECKING:
    from conduit.config.resources import Declared


def reject_settings(
    keys: DlqKeys | None, node: Node | None, subject: Subject, inherited: DlqSettings, declared: Declared
) -> DlqSettings:
    """The inherited settings with those that are written changed. A destination that is not there is a problem."""
    given: dict[str, Any] = keys.model_dump(exclude_none=True) if keys else {}
    if "path" in given:
        given["path"] = anchored(given["path"], declared.folder)
    if given.pop("destination", None) is not None and node is not None:
        given["destination"] = _destination(node, subject, declared)
    return replace(inherited, **given)


def _destination(node: Node, subject: Subject, declared: Declared) -> Endpoint | None:
    at = node.get("destination")
    if at is None or not isinstance(at.value, str) or at.origin == "missing":
        return None
    draft = declared.destinations.get(at.value)
    if draft is None:
        near, remedy = suggestion(at, declared.destinations)
        message = f"there is no destination {shown(at)}, which {subject.key('dlq')} names"
        declared.problems.add(at.place, message, nearest=near, remedy=remedy)
        return None
    spec = draft.spec
    if spec is not None and not (spec.remembers and WriteMode.APPEND in spec.modes):
        declared.problems.add(
            at.place,
            f"{draft.subject.label} cannot keep rejects",
            remedy="It must be able to append, and remember what landed.",
        )
    return declared.endpoint(draft)
