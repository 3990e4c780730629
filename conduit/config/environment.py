"""`${VAR}` in configured text: expanded after parsing, in text values only, so that no value can become structure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from conduit.config.problems import Problems, quoted
from conduit.config.tree import Entry, Node

_REFERENCE = re.compile(
    r"\$(?:(?P<escape>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^${}]*))?\}|(?P<broken>\{))"
)


def expand(node: Node, variables: Mapping[str, str], problems: Problems) -> Node:
    """The same tree with `${VAR}` and `${VAR:-default}` replaced and `$$` made `$`.

    The default holds when the variable is unset or empty. A variable that does not exist is a problem at its
    place; what the environment does contain is never told.
    """
    if isinstance(node.value, str):
        return _text(node, node.value, variables, problems) if "$" in node.value else node
    if node.items:
        return replace(node, value=tuple(expand(item, variables, problems) for item in node.items))
    if node.entries:
        return replace(
            node,
            value={key: Entry(e.place, expand(e.node, variables, problems)) for key, e in node.entries.items()},
        )
    return node


def escaped(text: str) -> str:
    """Text that `expand` turns into `text` again."""
    return text.replace("$", "$$") if "${" in text or "$$" in text else text


def without_defaults(written: str) -> str:
    """Text as written, its defaults left out: `${DB_PASSWORD:-...}` may be shown, what it defaults to may not."""
    return _REFERENCE.sub(lambda found: f"${{{found['name']}}}" if found["name"] else found[0], written)


def _text(node: Node, text: str, variables: Mapping[str, str], problems: Problems) -> Node:
    outside, missing = False, False

    def value_of(found: re.Match[str]) -> str:
        nonlocal outside, missing
        if found["escape"]:
            return "$"
        if found["broken"]:
            missing = True
            problems.add(
                node.place,
                "`${` is not followed by a variable name and `}`",
                remedy="Write ${NAME} or ${NAME:-default}; write $${ for the characters themselves.",
            )
            return ""
        name, default = found["name"], found["default"]
        outside = True
        value = variables.get(name)
        if default is not None:
            return value or default
        if value is None:
            missing = True
            problems.add(
                node.place,
                f"the environment variable {quoted(name)} is not set",
                remedy=f"Set it, write it into .env beside this file, or give a default: ${{{name}:-...}}.",
            )
        return value or ""

    value = _REFERENCE.sub(value_of, text)
    return replace(node, value=value, origin="missing" if missing else "environment" if outside else "file")
