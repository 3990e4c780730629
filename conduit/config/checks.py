"""Items of `quality_checks:` -> checks, each validated by the model of its kind and joined to the source it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conduit.config.problems import Problems, Subject
from conduit.config.referenced import referenced
from conduit.config.secrecy import shown
from conduit.config.suggestion import suggestion
from conduit.config.tree import Node
from conduit.config.validation import validated
from conduit.errors import ConfigError
from conduit.quality.custom import custom_model, custom_names
from conduit.quality.model import AnyCheck, References, built_in_checks

if TYPE_CHECKING:
    from conduit.config.resources import Declared

_BUILT_IN = built_in_checks()


def read_checks(checks: Node, resource: Subject, declared: Declared) -> tuple[AnyCheck, ...]:
    """The checks of a list that are valid; the others are problems at the exact item and key."""
    found = (_read_check(number, node, resource, declared) for number, node in enumerate(checks.items, start=1))
    return tuple(check for check in found if check is not None)


def _read_check(number: int, node: Node, resource: Subject, declared: Declared) -> AnyCheck | None:
    problems = declared.problems
    subject = Subject(f"check {number} of {resource.label}")
    if not isinstance(node.value, dict):
        problems.add(node.place, f"{subject.label} must be a mapping such as {{column: id, check: not_null}}")
        return None
    kind = node.get("check")
    if kind is None:
        problems.add(node.place, f'{subject.label} needs "check"', remedy=f"One of {', '.join(_BUILT_IN)}.")
        return None
    model = _model(kind, resource, problems)
    if model is None:
        return None
    subject = Subject(f"check {number} ({kind.value}) of {resource.label}")
    check: AnyCheck | None = validated(model, node, subject, problems)
    return referenced(check, node, subject, declared) if isinstance(check, References) else check


def _model(kind: Node, resource: Subject, problems: Problems) -> Any:
    name = kind.value
    if isinstance(name, str):
        try:
            model = _BUILT_IN.get(name) or custom_model(name)
        except ConfigError as broken:
            problems.add(kind.place, broken.message, remedy=broken.remedy)
            return None
        if model is not None:
            return model
    if kind.origin != "missing":
        near, remedy = suggestion(kind, (*_BUILT_IN, *custom_names()))
        problems.add(kind.place, f"unknown check {shown(kind)} of {resource.label}", nearest=near, remedy=remedy)
    return None
