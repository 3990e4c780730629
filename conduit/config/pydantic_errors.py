"""Pydantic's errors, said about the file: which key of what, what it must be, what it is, where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from conduit.config.problems import Problems, Subject, quoted
from conduit.config.secrecy import gives_away, secret_name, secret_type, shown
from conduit.config.spelling import field_of, shown_name
from conduit.config.tree import Node, Place
from conduit.errors import nearest_name

# Error type -> what the value must be; the braces are filled from pydantic's context.
_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a date",
    "date_type": "a date",
    "datetime_from_date_parsing": "a date and time",
    "datetime_type": "a date and time",
    "decimal_parsing": "a number",
    "decimal_type": "a number",
    "dict_type": "a mapping of keys to values",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "list_type": "a list",
    "mapping_type": "a mapping of keys to values",
    "missing": "given",
    "model_type": "a mapping of keys to values",
    "none_required": "empty",
    "path_type": "a path",
    "set_type": "a list",
    "string_pattern_mismatch": "text that matches {pattern}",
    "string_too_long": "text of at most {max_length} characters",
    "string_too_short": "text of at least {min_length} character(s)",
    "string_type": "text",
    "too_long": "a list of at most {max_length} item(s)",
    "too_short": "a list of at least {min_length} item(s)",
    "tuple_type": "a list",
}  # fmt: skip
_CHOICES = {"enum", "literal_error"}
_WRITTEN_BY_VALIDATORS = {"value_error", "assertion_error"}
_PREDICATE = re.compile(r"^(?:is|are|needs?|must|has|have|should|can|cannot|may|does|names?|holds?|takes?)\b")


@dataclass(frozen=True, slots=True)
class _Found:
    """Where an error's location leads in the file; `rest` are steps that exist in the model only (union branches)."""

    node: Node
    key: Place
    path: tuple[str, ...]
    rest: tuple[int | str, ...]
    secret: bool


def report(
    failed: ValidationError,
    model: type[BaseModel],
    node: Node,
    written: Mapping[str, str],
    subject: Subject,
    problems: Problems,
) -> None:
    """Note one problem for each value at fault. `written` maps the model's fields to the keys that the file uses."""
    unions: dict[tuple[str, ...], tuple[_Found, list[str]]] = {}
    for error in failed.errors(include_url=False, include_input=False):
        found = _locate(error["loc"], model, node, written)
        if found.node.origin == "missing":
            continue  # that the variable does not exist is a problem already
        if error["type"] == "extra_forbidden":
            problems.add(found.key, f"unknown {subject.key('.'.join(found.path))}")
        elif error["type"] == "missing" and len(error["loc"]) == 1:
            _report_missing(str(error["loc"][0]), model, node, subject, problems)
        elif found.rest and error["type"] in _EXPECTED and error["type"] != "missing":
            unions.setdefault(found.path, (found, []))[1].append(_expected(error))
        else:
            _report_value(error, found, subject, problems)
    for found, expected in unions.values():
        _must_be(" or ".join(dict.fromkeys(expected)), found, subject, problems)


def _report_missing(key: str, model: type[BaseModel], node: Node, subject: Subject, problems: Problems) -> None:
    named = field_of(model, key)
    if named is None:
        problems.add(node.place, f"{subject.label} needs {quoted(key)}")
        return
    name, field = shown_name(*named), named[1]
    example = field.examples[0] if field.examples else None
    advice = [f"Write `{name}: {example}`."] if isinstance(example, (str, int)) else []
    advice += [field.description] if field.description else []
    problems.add(node.place, f"{subject.label} needs {quoted(name)}", remedy=" ".join(advice))


def _report_value(error: Any, found: _Found, subject: Subject, problems: Problems) -> None:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _CHOICES:
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = None
        if isinstance(found.node.value, str) and found.node.origin == "file" and not found.secret:
            near = nearest_name(found.node.value, choices)
        _must_be(f"one of {', '.join(choices) or context.get('expected')}", found, subject, problems, nearest=near)
    elif kind in _EXPECTED and found.path:
        _must_be(_expected(error), found, subject, problems)
    else:
        message = str(context.get("error", error["msg"])) if kind in _WRITTEN_BY_VALIDATORS else _lower(error["msg"])
        if gives_away(message, found.node, found.secret):
            message = "is not valid (its value is not shown)"
        about = subject.key(".".join(found.path)) if found.path else subject.label
        problems.add(found.node.place, f"{about}{' ' if _PREDICATE.match(message) else ': '}{message}")


def _must_be(expected: str, found: _Found, subject: Subject, problems: Problems, *, nearest: str | None = None) -> None:
    given = "" if found.secret else f", not {shown(found.node)}"
    unquoted = isinstance(found.node.value, (bool, int, float)) and re.search(r"\btext\b", expected) is not None
    problems.add(
        found.node.place,
        f"{subject.key('.'.join(found.path))} must be {expected}{given}",
        nearest=nearest,
        remedy="Put it in quotes." if unquoted else "",
    )


def _expected(error: Any) -> str:
    return _EXPECTED[error["type"]].format_map(error.get("ctx", {}))


def _locate(location: tuple[int | str, ...], model: type[BaseModel], node: Node, written: Mapping[str, str]) -> _Found:
    if not location:
        return _Found(node, node.place, (), (), False)
    named = field_of(model, str(location[0]))
    here = node.entries.get(written.get(named[0], "")) if named else None
    if named is None or here is None:
        return _Found(node, node.place, (str(location[0]),), location[1:], False)
    path = [written[named[0]]]
    secret = secret_name(path[0]) or secret_type(named[1].annotation)
    found, key, steps = here.node, here.place, list(location[1:])
    while steps:
        step = steps[0]
        if isinstance(step, int) and step < len(found.items):
            found = found.items[step]
            key = found.place
        elif step in found.entries:
            key, found = found.entries[str(step)].place, found.entries[str(step)].node
            secret = secret or secret_name(str(step))
        else:
            break
        path.append(str(step + 1) if isinstance(step, int) else step)
        steps.pop(0)
    return _Found(found, key, tuple(path), tuple(steps), secret)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
