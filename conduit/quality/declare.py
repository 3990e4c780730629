"""Checks as Python declares them: the model of each kind, and an error that names what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from conduit.errors import ConfigError, nearest_name
from conduit.quality.custom import custom_model, custom_names
from conduit.quality.model import AnyCheck, built_in_checks


def declared_checks(
    column: str | Sequence[str] | None, check: str | None, short: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[AnyCheck, ...]:
    """The checks on a column, or on several: the one that `check` names, and those that are given in `short`.

    `short` has what is often asked for under a word of its own; what is None or False asks for nothing. `options` hold
    for all of them. Raises ConfigError where nothing is asked for, or wrongly.
    """
    named = list(
        _named(check, {word: value for word, value in short.items() if value is not None and value is not False})
    )
    if not named:
        raise ConfigError(f"No check is named for {column!r}.", remedy='Say which: .check("id", unique=True)')
    key = {} if column is None else {"column" if isinstance(column, str) else "columns": column}
    return tuple(declared_check({**key, **keys, **options}) for keys in named)


def _named(check: str | None, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    limits = {word: given[word] for word in ("min", "max") if word in given}
    kind = {"type": given["type"]} if "type" in given else {}
    if check is not None:
        yield {"check": check, **limits, **kind}
    yield from ({"check": word} for word in ("not_null", "unique") if word in given)
    if "regex" in given:
        yield {"check": "regex", "pattern": given["regex"]}
    if limits and check is None:
        yield {"check": "range", **limits}
    if "enum" in given:
        yield {"check": "enum", "allowed_values": list(given["enum"])}
    if "expression" in given:
        yield {"check": "expression", "expression": given["expression"]}
    if kind and check is None:
        yield {"check": "type", **kind}
    if "references" in given:
        yield {"check": "references", "source": given["references"]}


def declared_check(keys: Mapping[str, Any]) -> AnyCheck:
    """The check that `keys["check"]` names, built in or custom. Raises ConfigError with every problem of its keys."""
    name, built_in = keys["check"], built_in_checks()
    model: Any = built_in.get(name) or custom_model(name)
    if model is None:
        known = [*built_in, *custom_names()]
        near = nearest_name(name, known)
        remedy = f"Did you mean {near!r}?" if near else f"Known: {', '.join(known)}."
        raise ConfigError(f"The check {name!r} cannot be built: there is none of that name.", remedy=remedy)
    try:
        check: AnyCheck = model.model_validate(dict(keys))
    except ValidationError as wrong:
        problems = [_said(error, model) for error in wrong.errors(include_url=False, include_input=False)]
        raise ConfigError(f"The check {name!r} cannot be built.", problems=problems) from None
    return check


def _said(error: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "check"
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg']}"
    near = nearest_name(where, [name.removesuffix("_") for name in model.model_fields])
    return f"{where}: there is no such option" + (f"; did you mean {near!r}?" if near else "")
