"""Items of `quality_checks:` -> checks, each validated by the model of its kind."""

from __future__ import annotations

from typing import Any, get_args

from conduit.config.problems import Problems, Subject
from conduit.config.secrecy import shown
from conduit.config.suggestion import suggestion
from conduit.config.tree import Node
from conduit.config.validation import validated
from conduit.quality.model import Check

_MODELS: dict[str, Any] = {kind.model_fields["check"].default: kind for kind in get_args(get_args(Check)[0])}


def read_checks(checks: Node, resource: Subject, problems: Problems) -> tuple[Check, ...]:
    """The checks of a list that are valid; the others are problems at the exact item and key."""
    found = (_read_check(number, node, resource, problems) for number, node in enumerate(checks.items, start=1))
    return tuple(check for check in found if check is not None)


def _read_check(number: int, node: Node, resource: Subject, problems: Problems) -> Check | None:
    subject = Subject(f"check {number} of {resource.label}")
    if not isinstance(node.value, dict):
        problems.add(node.place, f"{subject.label} must be a mapping such as {{column: id, check: not_null}}")
        return None
    kind = node.get("check")
    if kind is None:
        problems.add(node.place, f'{subject.label} needs "check"', remedy=f"One of {', '.join(_MODELS)}.")
        return None
    model = _MODELS.get(kind.value) if isinstance(kind.value, str) else None
    if model is None:
        if kind.origin != "missing":
            near, remedy = suggestion(kind, _MODELS)
            problems.add(kind.place, f"unknown check {shown(kind)} of {resource.label}", nearest=near, remedy=remedy)
        return None
    check: Check | None = validated(
        model, node, Subject(f"check {number} ({kind.value}) of {resource.label}"), problems
    )
    return check
