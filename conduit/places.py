"""What a path, URL or connector name means: which connector, called what, with which validated options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from conduit.config.project import Endpoint
from conduit.config.secrecy import without_user
from conduit.core.options import Options
from conduit.errors import ConfigError, UnknownName, nearest_name
from conduit.registry import ALIASES, SCHEMES, connector_for_path, destination_class, source_class

Side = Literal["source", "destination"]


def locate(
    place: Any, kind: str | None, options: Mapping[str, Any], known: Sequence[str], side: Side
) -> tuple[str, str, dict[str, Any]]:
    """The connector, a name and the whole options for a place. Raises UnknownName when nothing says which connector."""
    given = dict(options)
    if place is None and kind is not None:
        return kind, kind, given
    if isinstance(place, (list, tuple)):
        first = os.fspath(place[0]) if place else ""
        given["path"] = tuple(os.fspath(part) for part in place)
        return kind or _by_ending(first, known, side), _stem(first), given
    try:
        text = os.fspath(place)
    except TypeError:
        raise ConfigError(
            f"A {type(place).__name__} is no {side}.",
            remedy="Give a path, a URL, the name of a connector"
            + (" or an object with `__arrow_c_stream__`." if side == "source" else "."),
        ) from None
    name = ALIASES.get(text, text)
    if kind is None and name in known and not os.path.exists(text):
        return name, name, given
    own = SCHEMES.get(text.partition("://")[0].lower()) if "://" in text else None
    if own is not None and (kind is None or ALIASES.get(kind, kind) == own):
        return own, str(given.get("table") or own), {**given, "connection_string": text}
    given["path"] = text if "://" in text else os.path.abspath(os.path.expanduser(text)) + "/" * text.endswith("/")
    return kind or _by_ending(text, known, side), _stem(text), given


def endpoint(side: Side, kind: str, name: str, options: Mapping[str, Any]) -> Endpoint:
    """A source or destination with validated options. Raises ConfigError with every problem of them."""
    connector = source_class(kind) if side == "source" else destination_class(kind)
    model: type[Options] = connector.options_model
    try:
        return Endpoint(name, ALIASES.get(kind, kind), model.model_validate(dict(options)))
    except ValidationError as wrong:
        problems = []
        for error in wrong.errors(include_input=False, include_url=False):
            where = ".".join(str(part) for part in error["loc"])
            near = nearest_name(where, model.model_fields) if error["type"] == "extra_forbidden" else None
            said = "there is no such option" if error["type"] == "extra_forbidden" else error["msg"]
            problems.append(f"{where}: {said}" + (f"; did you mean {near!r}?" if near else ""))
        raise ConfigError(
            f"The options of the {side} {kind!r} are wrong.",
            problems=problems,
            remedy=f"`conduit connectors show {kind}` lists them.",
        ) from None


def _by_ending(path: str, known: Sequence[str], side: Side) -> str:
    found = connector_for_path(path)
    if found is not None:
        return found
    if os.path.isdir(path):
        for entry in sorted(os.listdir(path)):
            if (inside := connector_for_path(entry)) is not None:
                return inside
    raise UnknownName(
        f"Nothing says what {without_user(path)!r} is: its ending names no format.",
        remedy=f"Give `type=`, one of: {', '.join(known)}.",
    )


def _stem(path: str) -> str:
    """A name for a path: its last part without endings and wildcards."""
    last = path.rstrip("/").rpartition("/")[2].split(".")[0].replace("*", "").strip("-_ ")
    return last or "data"
