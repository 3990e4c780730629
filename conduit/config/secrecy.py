"""What must never be shown: secret fields, fields with telling names, and all that the environment gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr

from conduit.config.environment import without_defaults
from conduit.config.problems import quoted
from conduit.config.tree import Node

_TELLING = re.compile(
    r"pass(?:word|wd|phrase|code)|secret|token|credential|private|bearer|connection_?string|authorization"
    r"|(?:^|_|-)(?:key|keys|dsn|pwd|auth|sas|apikey)(?:$|_|-)",
    re.IGNORECASE,
)
_COLUMN_KEYS = frozenset({"unique_key", "primary_key", "primary_keys", "key_columns", "partition_key", "sort_key"})
_IN_URL = re.compile(r"(?<=://)[^/\s]*@")


def secret_name(key: str) -> bool:
    """Does the name of an option say that its value is a secret?"""
    return key not in _COLUMN_KEYS and _TELLING.search(key) is not None


def secret_type(annotation: Any) -> bool:
    """Does the type of an option say that its value is a secret?"""
    if isinstance(annotation, type) and issubclass(annotation, (SecretStr, SecretBytes)):
        return True
    return any(secret_type(part) for part in get_args(annotation))


def holds_password(text: str) -> bool:
    """Is this a URL with a user or password in it?"""
    return _IN_URL.search(text) is not None


def without_user(text: str) -> str:
    """The text with the user and password of each URL masked."""
    return _IN_URL.sub("***@", text)


def secrets_in(options: object, name: str = "") -> Iterator[str]:
    """Every secret text that options hold: of secret fields, under telling names, and the user part of URLs."""
    match options:
        case SecretStr():
            yield from (text for text in (options.get_secret_value(),) if text)
        case SecretBytes():
            yield from (text for text in (options.get_secret_value().decode("utf-8", "replace"),) if text)
        case BaseModel():
            for key in type(options).model_fields:
                yield from secrets_in(getattr(options, key), key)
        case Mapping():
            for key, value in options.items():
                yield from secrets_in(value, name if secret_name(name) else str(key))
        case list() | tuple() | set() | frozenset():
            for value in options:
                yield from secrets_in(value, name)
        case str() if options:
            if secret_name(name):
                yield options
            yield from (user[:-1] for user in _IN_URL.findall(options) if user != "@")
        case _:
            return


def shown(node: Node) -> str:
    """A value for an error message, as the file spells it; the caller has made sure that it is no secret."""
    match node.value:
        case tuple():
            return "a list"
        case Mapping():
            return "a mapping"
        case None:
            return "nothing"
        case str() as text:
            written = without_defaults(node.written or "") if node.origin != "file" else text
            return quoted(without_user(written))
        case scalar:
            return node.written or str(scalar)


def gives_away(message: str, node: Node, secret: bool = False) -> bool:
    """Does a message repeat a value below `node` that is secret by its origin, its key or its owner (`secret`)?"""
    if node.items:
        return any(gives_away(message, item, secret) for item in node.items)
    if node.entries:
        return any(gives_away(message, e.node, secret or secret_name(key)) for key, e in node.entries.items())
    hidden = secret or node.origin != "file" or (isinstance(node.value, str) and holds_password(node.value))
    value = "" if node.value is None else str(node.value)
    return hidden and value.strip() != "" and value.strip().lower() in message.lower()
